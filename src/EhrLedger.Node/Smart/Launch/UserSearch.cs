using System.Globalization;
using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.References;
using EhrLedger.Node.Fhir;
using EhrLedger.Node.Smart.Users;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Smart.Launch;

/// <summary>What a user who logs in may see, by FHIR's own search: what it shows is logged in the user's name like any other read.</summary>
internal sealed class UserSearch(HttpContext context, UserRow user)
{
    private const int MostFound = 20;

    /// <summary>Patients of this name, or else of this number: id and description.</summary>
    public async Task<IReadOnlyList<(string Id, string Text)>> FindPatientsAsync(string text, CancellationToken cancellationToken)
    {
        var byName = await SearchAsync("Patient", [("name", Escape(text))], cancellationToken).ConfigureAwait(false);
        var found = byName.Count > 0 ? byName : await SearchAsync("Patient", [("identifier", Escape(text))], cancellationToken).ConfigureAwait(false);
        return [.. found.OfType<Patient>().Select(patient => (patient.Id!, Describe(patient)))];
    }

    /// <summary>How a patient is described; null for whom the user may not see.</summary>
    public async Task<string?> DescribePatientAsync(string id, CancellationToken cancellationToken) =>
        (await SearchAsync("Patient", [("_id", Escape(id))], cancellationToken).ConfigureAwait(false)).OfType<Patient>().SingleOrDefault() is { } patient ? Describe(patient) : null;

    /// <summary>Whether the user may see this patient.</summary>
    public async Task<bool> SeesPatientAsync(string id, CancellationToken cancellationToken) => (await SearchAsync("Patient", [("_id", Escape(id))], cancellationToken).ConfigureAwait(false)).Count == 1;

    /// <summary>Whether the user may see this encounter, and it is this patient's.</summary>
    public async Task<bool> SeesEncounterAsync(string id, string patient, CancellationToken cancellationToken) =>
        (await SearchAsync("Encounter", [("_id", Escape(id)), ("patient", Escape($"Patient/{patient}"))], cancellationToken).ConfigureAwait(false)).Count == 1;

    private async Task<IReadOnlyList<Resource>> SearchAsync(string type, (string Name, string Value)[] parameters, CancellationToken cancellationToken)
    {
        var services = context.RequestServices;
        var role = (UserRole)user.Role;
        var scope = string.Join(' ', role.ScopesOf(ScopeContext.User).Select(one => one.ToString()));
        if (FhirAccess.Parse(scope, null, services.GetRequiredService<ServerBase>(), services.GetRequiredService<TimeProvider>().GetUtcNow()) is not { } access)
        {
            return [];
        }

        var inner = new DefaultHttpContext { RequestServices = services, RequestAborted = cancellationToken };
        inner.Request.Method = HttpMethods.Get;
        inner.Request.Path = $"/fhir/{type}";
        inner.Features.Set(new SmartCaller("login", scope, role.PurposeOf(), user.Name, role.ToText(), null, user.FhirUser) { Access = access });
        var answer = await services.GetRequiredService<FhirSearch>()
            .SearchAsync(new SearchScope(type), [.. parameters, ("_count", MostFound.ToString(CultureInfo.InvariantCulture))], inner.Request, cancellationToken).ConfigureAwait(false);
        return answer.ResourceFor(inner.Request) is Bundle bundle ? [.. bundle.Entry.Select(entry => entry.Resource).OfType<Resource>().Where(resource => resource.TypeName == type)] : [];
    }

    private static string Describe(Patient patient) => $"{patient.Name.FirstOrDefault()?.Family}, {string.Join(' ', patient.Name.FirstOrDefault()?.Given ?? [])}, {patient.BirthDate}";

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal).Replace("$", "\\$", StringComparison.Ordinal);
}
