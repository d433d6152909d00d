namespace EhrLedger.Node.Tests.Smart;

/// <summary>The model's own reading of scopes, for the few types and parameters of the walk: it shares nothing with what it is held against.</summary>
internal sealed class WalkScopes
{
    private static readonly string[] Types = ["Patient", "Observation", "Condition", "Encounter", "Practitioner"];
    private static readonly string[] Views = ["Provenance", "AuditEvent", "Consent"];

    private readonly IReadOnlyList<(string Context, string Type, string Letters, IReadOnlyList<(string Name, string Value)> Filter)> _scopes;

    private readonly string _role;

    private WalkScopes(IReadOnlyList<string> texts, string? patient, string role = "clinician")
    {
        (Text, Patient, _role) = (string.Join(' ', texts), patient, role);
        _scopes = [.. texts.Select(text =>
        {
            var (context, rest) = (text[..text.IndexOf('/')], text[(text.IndexOf('/') + 1)..]);
            var query = rest.Split('?', 2);
            var parts = query[0].Split('.');
            return (context, parts[0], parts[1], (IReadOnlyList<(string, string)>)[.. query.Skip(1).SelectMany(q => q.Split('&')).Select(pair => (pair.Split('=')[0], pair.Split('=')[1].Split('|')[^1]))]);
        })];
    }

    /// <summary>Space separated.</summary>
    public string Text { get; }

    /// <summary>FHIR id of the patient of the launch; null for none.</summary>
    public string? Patient { get; }

    /// <summary>All of everything.</summary>
    public static WalkScopes Everything { get; } = new(["system/*.cruds"], null);

    /// <summary>One to five scopes.</summary>
    public static WalkScopes Make(Random random, string? patient = null, bool tags = true)
    {
        var context = patient is null ? "system" : "patient";
        return new WalkScopes([.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => MakeOne(random, context, tags)).Distinct()], patient);
    }

    /// <summary>One to five scopes that an application asks for which a user of the role launches, of which the role leaves something; some for the patient alone, some for all that the user may see.</summary>
    public static WalkScopes Launch(Random random, string role, string patient, bool tags = true)
    {
        while (true)
        {
            var made = new WalkScopes([.. Enumerable.Range(0, random.Next(1, 6)).Select(i => MakeOne(random, i == 0 || random.Next(2) == 0 ? "patient" : "user", tags)).Distinct()], patient, role);
            if (Types.Concat(Views).Any(type => "cruds".Any(letter => made.May($"{letter}", type))))
            {
                return made;
            }
        }
    }

    public bool May(string letters, string type) => letters.All(letter => RoleHas(letter, type) && _scopes.Any(scope => Names(scope.Type, type) && scope.Letters.Contains(letter)));

    public bool Sees(string letters, WalkItem item, WalkState state) => letters.All(letter => RoleHas(letter, item.Type) && _scopes.Any(scope =>
        scope.Letters.Contains(letter) && Reaches(scope.Context, scope.Type, item, letter) && scope.Filter.All(filter => state.Has(filter.Name, filter.Value))));

    /// <summary>Whether it may be dealt with so whatever it says.</summary>
    public bool SeesAnyOf(string letters, WalkItem item) => letters.All(letter => RoleHas(letter, item.Type) && _scopes.Any(scope => scope.Letters.Contains(letter) && Reaches(scope.Context, scope.Type, item, letter) && scope.Filter.Count == 0));

    /// <summary>Whether a search may find what the node has made about a patient's record.</summary>
    /// <param name="type">Provenance, AuditEvent or Consent.</param>
    /// <param name="owner">FHIR id of the patient; null for nobody, of whom nothing is made.</param>
    /// <param name="action">Of an AuditEvent: C, U or D.</param>
    public bool SeesView(string type, string? owner, string action = "") => owner is not null && RoleHas('s', type) && _scopes.Any(scope =>
        scope.Letters.Contains('s') && Reaches(scope.Context, scope.Type, new WalkItem(type, "", owner, ""), 's') && scope.Filter.All(filter => filter == ("action", action)));

    /// <summary>docs/security.md, Users and their applications.</summary>
    private bool RoleHas(char letter, string type) => _role switch
    {
        "clinician" => true,
        "front-desk" => type is "Patient" or "Encounter" || (type == "Practitioner" && letter is ('r' or 's')),
        "claims" => type is "Patient" or "Encounter" or "Condition" or "Practitioner" && letter is ('r' or 's'),
        _ => throw new InvalidOperationException($"No role {_role}."),
    };

    private bool Reaches(string context, string type, WalkItem item, char letter) =>
        Names(type, item.Type) && (context != "patient" || item.Owner == Patient || (item.Owner is null && item.Type == "Practitioner" && letter is ('r' or 's')));

    private static bool Names(string pattern, string type) => pattern == "*" || pattern == type;

    private static string MakeOne(Random random, string context, bool tags)
    {
        var letters = (string[])["cruds", "cruds", "cruds", "cruds", "rs", "rs", "r", "s", "rus", "us", "cus", "cs", "ds", "c", "u", "crus", "rds"];
        var some = letters[random.Next(letters.Length)];
        return random.Next(11) switch
        {
            0 => $"{context}/*.cruds",
            1 => $"{context}/*.rs",
            2 when tags => $"{context}/*.{some}?_tag=urn:walk:colour|{WalkState.Colours[random.Next(2)]}",
            3 => $"{context}/Observation.{some}?category=http://terminology.hl7.org/CodeSystem/observation-category|{WalkState.Categories[random.Next(2)]}",
            4 => $"{context}/Observation.{some}?category={WalkState.Categories[random.Next(2)]}&status=final",
            5 => $"{context}/Condition.{some}?code=http://snomed.info/sct|{WalkState.Codes[random.Next(2)]}",
            6 or 7 => random.Next(5) switch
            {
                0 => $"{context}/Provenance.rs",
                1 => $"{context}/AuditEvent.rs",
                2 => $"{context}/AuditEvent.rs?action={"CUD"[random.Next(3)]}",
                3 => $"{context}/Consent.rs",
                _ => $"{context}/Patient.{some}?gender=female",
            },
            _ => $"{context}/{Types[random.Next(Types.Length)]}.{some}",
        };
    }
}
