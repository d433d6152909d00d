using EhrLedger.Node.Authoring;

namespace EhrLedger.Node.Fhir;

/// <summary>Whose a search's further pages, an export or a subscription are: the one place that says when two requests come from the same caller.</summary>
internal static class CallerName
{
    /// <summary>The caller's name: equal for whoever may go on with what the other began. A token of the same client with other scopes may not: what was made under the first may be beyond them.</summary>
    public static string OwnerOf(Asking asking) =>
        string.Join('\n', asking.Client, asking.Purpose.Code, asking.Person.ReplaceLineEndings(" "), asking.Role.ReplaceLineEndings(" "), asking.Access.Scopes, asking.Access.Patient);
}
