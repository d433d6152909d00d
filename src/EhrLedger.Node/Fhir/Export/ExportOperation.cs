using System.Security.Cryptography;
using EhrLedger.Crypto;
using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.References;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Export;

/// <summary>$export: takes the request, and keeps it.</summary>
/// <remarks>Source: Bulk Data Access IG 2.0.0, export, kick-off request.</remarks>
internal sealed class ExportOperation(ExportStore store, Exports exports, AuthorReader reader, Sight sight, PatientDirectory patients, ReadLog readLog, ServerBase server, TimeProvider time)
{
    private const int RetrySeconds = 60;
    private const int NameLength = 16;

    /// <summary>202 with the place of its status, or why not.</summary>
    /// <param name="level">Where it is asked for.</param>
    /// <param name="groupId">FHIR id; null at other levels.</param>
    /// <param name="request">GET, or POST with Parameters.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<FhirAnswer> BeginAsync(ExportLevel level, string? groupId, HttpRequest request, CancellationToken cancellationToken)
    {
        if (FhirCaller.Find(request) is not { } asking)
        {
            return FhirWriter.BadCaller();
        }

        var prefer = request.Headers["Prefer"].ToString();
        if (!prefer.Contains("respond-async", StringComparison.Ordinal))
        {
            return FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Required, "An export is asynchronous: send Prefer: respond-async.");
        }

        IReadOnlyList<(string Name, string Value)> parameters = FhirFeature.ParametersOf(request);
        if (HttpMethods.IsPost(request.Method) && request.ContentLength is not 0)
        {
            var (body, refusal) = await FhirBody.ReadAsync(request, cancellationToken);
            if (body is not Parameters sent)
            {
                return refusal ?? FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Invalid, "Send Parameters.");
            }

            parameters = [.. parameters, .. sent.Parameter.Select(one => (one.Name ?? "", (one.Value is ResourceReference reference ? reference.Reference : one.Value?.ToString()) ?? ""))];
        }

        var now = time.GetUtcNow();
        var (scope, issue) = ExportQuery.Parse(level, parameters, prefer.Contains("handling=lenient", StringComparison.Ordinal), server, now);
        var needs = Interactions.Read | Interactions.Search;
        asking = asking with { Needs = needs };
        return scope is null ? FhirAnswer.Failed(StatusCodes.Status400BadRequest, [issue!])
            : !(scope.Types ?? ExportRun.AllTypes).Any(type => asking.Access.May(needs, type)) ? FhirAnswer.NotInScopes(FhirCaller.NotInScopes(needs, "any type of these"))
            : level == ExportLevel.Group ? await BeginOfGroupAsync(groupId!, scope, asking, now, request, cancellationToken)
            : await BeginAsync(scope, [], asking, now, request, cancellationToken);
    }

    /// <summary>Of the patients that a Group of this server has as members.</summary>
    private async Task<FhirAnswer> BeginOfGroupAsync(string id, ExportScope scope, Asking asking, DateTimeOffset now, HttpRequest request, CancellationToken cancellationToken)
    {
        if (reader.Find("Group", id) is not { } stored)
        {
            return FhirAnswer.NotFound();
        }

        if (reader.Open(stored, stored.CurrentVersion) is not { } version || (!version.Deleted && AuthorSearch.Read(version) is not Group))
        {
            var seen = new Glimpses();
            seen.Find(stored);
            await readLog.TellAsync(seen, asking, cancellationToken);
            return sight.SeesAnyOf(asking, stored, "Group") ? FhirAnswer.Damaged() : FhirAnswer.NotFound();
        }

        if (!sight.Sees(asking, version))
        {
            return FhirAnswer.NotFound();
        }

        if (version.Deleted)
        {
            await readLog.TellAsync(version, asking, cancellationToken);
            return FhirAnswer.Failed(StatusCodes.Status410Gone, OperationOutcome.IssueType.Deleted, "The resource was deleted.");
        }

        var members = ((Group)AuthorSearch.Read(version)!).Member
            .Where(member => member.Inactive is not true)
            .Select(member => ExportQuery.PatientOf(member.Entity?.Reference, server))
            .OfType<string>()
            .Distinct()
            .ToList();
        if (scope.Patients?.FirstOrDefault(patient => !members.Contains(patient)) is not null)
        {
            await readLog.ShowAsync([version], scope.Patients, asking, cancellationToken);
            return FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Value, "patient names somebody who is not a member of the Group.");
        }

        return await BeginAsync(scope with { Patients = scope.Patients ?? members }, [version], asking, now, request, cancellationToken);
    }

    /// <summary>Keeps and begins it. Whom the request names is logged first: the answer tells that they are there.</summary>
    private async Task<FhirAnswer> BeginAsync(
        ExportScope scope, IReadOnlyList<OpenedVersion> shown, Asking asking, DateTimeOffset now, HttpRequest request, CancellationToken cancellationToken)
    {
        var named = scope.Filters.SelectMany(filter => ExportQuery.ParseFilter(filter, server, now).NamedPatients).Concat(scope.Patients ?? []);
        await readLog.ShowAsync(shown, named, asking, cancellationToken);

        // To whom patients are not open, one that is not here is one of whom there is nothing to see.
        if (asking.Access.SeesWhole(asking.Needs, "Patient") && scope.Patients?.Any(id => patients.FindById(id) is null) is true)
        {
            return FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Value, "patient names somebody who is not a patient of this server.");
        }

        var started = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());
        var url = $"{server.Url}{request.Path.Value!["/fhir".Length..]}{request.QueryString}";
        var job = new ExportJob(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NameLength)), asking, url, scope, started, RandomNumberGenerator.GetBytes(SymmetricKey.KeyLength))
        {
            Scopes = asking.Access.Scopes,
            LaunchPatient = asking.Access.Patient,
        };
        if (!store.TryAdd(job))
        {
            request.HttpContext.Response.Headers.RetryAfter = $"{RetrySeconds}";
            return FhirAnswer.Failed(
                StatusCodes.Status429TooManyRequests, OperationOutcome.IssueType.Throttled, $"There are too many exports: {ExportStore.MostOfCaller} of one caller, ended ones included. Wait, or remove one with DELETE.");
        }

        exports.Begin(job.Name);
        request.HttpContext.Response.Headers.ContentLocation = ExportStatus.UrlOf(server, job);
        return FhirAnswer.Empty(StatusCodes.Status202Accepted);
    }
}
