using EhrLedger.Consent.Records;
using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.Profiles;
using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.Subscriptions;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Operations;

/// <summary>
/// $validate (FHIR R4, Resource-validate): whether a resource has R4's own structure and keeps the profiles of this project's that it names, and whether this server would take it as what the mode says. Stores nothing. The answer is 200 whether
/// it is valid or not.
/// </summary>
internal sealed class ValidateOperation(AuthorReader reader, Sight sight, IntentMaker intents, ReadLog readLog, PatientDirectory patients, ProfileSet profiles, SubscriptionWriter subscriptions)
{
    public async Task<FhirAnswer> AnswerAsync(string type, string? id, HttpRequest request, CancellationToken cancellationToken)
    {
        if (FhirCaller.Find(request) is not { } asking)
        {
            return FhirWriter.BadCaller();
        }

        Resource? resource = null;
        if (request.ContentLength is not (null or 0) || request.Headers.TransferEncoding.Count > 0)
        {
            var (parsed, refusal) = await FhirBody.ParseAsync(request, cancellationToken);
            if (parsed is null)
            {
                return refusal!;
            }

            if (parsed is ParsedResource.Refused(var issues))
            {
                return FhirAnswer.Of(StatusCodes.Status200OK, Outcome.Of(issues));
            }

            resource = ((ParsedResource.Accepted)parsed).Resource;
        }

        var given = QueryText.Parse(request.QueryString.Value?.TrimStart('?') ?? "");
        var (mode, profile) = (given.LastOrDefault(pair => pair.Name == "mode").Value, given.LastOrDefault(pair => pair.Name == "profile").Value);
        if (resource is Parameters wrapped && (type != "Parameters" || Find(wrapped, "resource") is not null))
        {
            mode = Find(wrapped, "mode")?.Value?.ToString() ?? mode;
            profile = Find(wrapped, "profile")?.Value?.ToString() ?? profile;
            resource = Find(wrapped, "resource")?.Resource;
        }

        return (mode, resource) switch
        {
            (not (null or "create" or "update" or "delete" or "profile"), _) => BadRequest("mode is one of create, update, delete and profile."),
            ("update" or "delete", _) when id is null => BadRequest($"The mode {mode} is about one resource: ask at [type]/[id]/$validate."),
            ("create" or "update", null) => BadRequest($"The mode {mode} takes a resource."),
            ("profile", _) when profile is null => BadRequest("The mode profile takes a profile."),
            (_, null) when id is null => BadRequest("Send the resource, by itself or as the parameter 'resource'."),
            (_, null) or ("delete", _) => await StoredAsync(type, id!, mode, profile, asking, cancellationToken),
            _ => await SentAsync(resource, type, id, mode, profile, asking, request, cancellationToken),
        };
    }

    private async Task<FhirAnswer> SentAsync(Resource resource, string type, string? id, string? mode, string? profile, Asking asking, HttpRequest request, CancellationToken cancellationToken)
    {
        var issues = ProfileIssues(resource, profile);
        var glimpses = new Glimpses();
        if (resource.TypeName != type)
        {
            issues.Add(Outcome.Error(OperationOutcome.IssueType.Invalid, $"The resource is a {resource.TypeName}, the URL says {type}.", resource.TypeName));
        }
        else if (mode == "update" && resource.Id != id)
        {
            issues.Add(Outcome.Error(OperationOutcome.IssueType.Invalid, "The id of the resource must be that of the URL.", $"{type}.id"));
        }
        else if (mode == "update" && RecordId.TryParse(id!) is not null && reader.Find(type, id!) is null)
        {
            issues.Add(Outcome.Error(OperationOutcome.IssueType.NotSupported, "An id of 32 hexadecimal digits is another author's record, which only its author writes.", $"{type}.id"));
        }
        else if (mode is "create" or "update" && !asking.Access.May(mode == "create" ? Interactions.Create : Interactions.Update, type))
        {
            issues.Add(Outcome.Error(OperationOutcome.IssueType.Forbidden, FhirCaller.NotInScopes(mode == "create" ? Interactions.Create : Interactions.Update, type), type));
        }
        else if (mode is "create" or "update" && resource is Subscription subscription)
        {
            issues.AddRange(
                mode == "update" && !SubscriptionViews.IsId(id!) ? [Outcome.Error(OperationOutcome.IssueType.NotSupported, "This server gives Subscriptions their ids.", $"{type}.id")]
                : subscriptions.Judge(subscription, asking with { Needs = mode == "create" ? Interactions.Create : Interactions.Update }, request).Refusal?.ResourceFor(request) is OperationOutcome refused ? refused.Issue
                : []);
        }
        else if (mode is "create" or "update")
        {
            asking = asking with { Needs = mode == "create" ? Interactions.Create : Interactions.Update };
            var stored = mode == "update" ? reader.Find(type, id!) : null;
            glimpses.Find(stored is null ? [] : [stored]);
            var (intent, issue) = intents.MakeUnprofiled(resource, id ?? Guid.NewGuid().ToString("D"), null, null, glimpses);
            var unknown = issue is null && type != "Patient" && intent!.PatientId is { } owner && patients.FindById(owner) is null;
            var other = issue is null && stored is not null && (stored.PatientRow == 0 ? null : patients.FindByRow(stored.PatientRow)?.Id) != intent!.PatientId;
            issues.AddRange(
                issue is not null ? [issue]
                : !sight.MayWrite(asking, resource, intent!) ? [Outcome.Error(OperationOutcome.IssueType.Forbidden, FhirCaller.NotInScopes(asking.Needs, $"this {type}"), type)]
                : unknown ? [Outcome.Error(OperationOutcome.IssueType.BusinessRule, $"The patient of {type} is not one of this server's.", type)]
                : other ? [Outcome.Error(OperationOutcome.IssueType.BusinessRule, $"{type} belongs to another patient, or to none, and can't change hands.", type)]
                : []);
        }

        await readLog.TellAsync(glimpses, asking, cancellationToken);
        return Answer(issues);
    }

    /// <summary>What is stored was valid when it came; that it is there is told, and nothing more.</summary>
    private async Task<FhirAnswer> StoredAsync(string type, string id, string? mode, string? profile, Asking asking, CancellationToken cancellationToken)
    {
        asking = asking with { Needs = Interactions.Read };
        if (!asking.Access.May(asking.Needs, type))
        {
            return FhirAnswer.NotInScopes(FhirCaller.NotInScopes(asking.Needs, type));
        }

        if (reader.Find(type, id) is not { } stored
            || !(reader.Open(stored, stored.CurrentVersion) is { } seen ? sight.Sees(asking, seen) : sight.SeesAnyOf(asking, stored, type)))
        {
            return FhirAnswer.NotFound();
        }

        var glimpses = new Glimpses();
        glimpses.Find(stored);
        await readLog.TellAsync(glimpses, asking, cancellationToken);
        return stored.Deleted ? FhirAnswer.Failed(StatusCodes.Status410Gone, OperationOutcome.IssueType.Deleted, "The resource was deleted.")
            : reader.Open(stored, stored.CurrentVersion) is not { } version || AuthorSearch.Parse(version) is not { } resource ? FhirAnswer.Damaged()
            : Answer(mode == "delete" ? [] : ProfileIssues(resource, profile));
    }

    // Of profiles that this node does not know it says so, rather than that all is well.
    private List<OperationOutcome.IssueComponent> ProfileIssues(Resource resource, string? profile)
    {
        var core = ModelInfo.CanonicalUriForFhirCoreType(resource.TypeName)?.Value;
        var declared = resource.Meta?.Profile?.ToList() ?? [];
        var issues = profiles.CheckDeclared(resource).ToList();
        if (profiles.Has(profile) && !declared.Contains(profile))
        {
            issues.AddRange(profiles.Check(resource, profile!));
        }
        else if (profile is not null && profile != core && profile != core + "|4.0.1" && !profiles.Has(profile))
        {
            issues.Add(Outcome.Error(OperationOutcome.IssueType.NotSupported, "The profile is not known here: it was not checked."));
        }

        if (declared.Exists(named => named != core && !profiles.Has(named)))
        {
            issues.Add(Outcome.Warning(OperationOutcome.IssueType.NotSupported, "The resource names profiles that are not known here: they were not checked.", $"{resource.TypeName}.meta.profile"));
        }

        return issues;
    }

    private static Parameters.ParameterComponent? Find(Parameters parameters, string name) => parameters.Parameter.Find(one => one.Name == name);

    private static FhirAnswer Answer(List<OperationOutcome.IssueComponent> issues) =>
        FhirAnswer.Of(StatusCodes.Status200OK, issues.Count > 0 ? Outcome.Of(issues) : Outcome.Information("Nothing is wrong with it."));

    private static FhirAnswer BadRequest(string text) => FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Value, text);
}
