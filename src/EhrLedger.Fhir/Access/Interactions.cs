namespace EhrLedger.Fhir.Access;

/// <summary>What a scope permits: the letters of SMART App Launch 2.2, §Scopes for requesting FHIR resources.</summary>
[Flags]
public enum Interactions
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>c: create.</summary>
    Create = 1,

    /// <summary>r: read, vread and the history of one resource.</summary>
    Read = 2,

    /// <summary>u: update and patch; also an update that creates.</summary>
    Update = 4,

    /// <summary>d: delete.</summary>
    Delete = 8,

    /// <summary>s: search, and the history of a type or of the server.</summary>
    Search = 16,
}

/// <summary>Interactions in words.</summary>
public static class InteractionsText
{
    private static readonly (Interactions One, string Word)[] Words =
    [
        (Interactions.Create, "create"), (Interactions.Read, "read"), (Interactions.Update, "update"), (Interactions.Delete, "delete"), (Interactions.Search, "search"),
    ];

    /// <summary>Such as <c>read and search</c>.</summary>
    public static string ToText(this Interactions interactions) => string.Join(" and ", Words.Where(pair => interactions.HasFlag(pair.One)).Select(pair => pair.Word));
}
