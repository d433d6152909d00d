using EhrLedger.Node.Authoring;

namespace EhrLedger.Node.Fhir;

/// <summary>Whose an export or a subscription is: the one place that says when two requests come from the same caller.</summary>
internal static class CallerName
{
    /// <summary>The caller's name: equal for whoever may go on with what the other began.</summary>
    public static string OwnerOf(Asking asking) => $"{asking.Purpose.Code}\n{asking.Person}\n{asking.Role}";
}
