using System.Collections.Frozen;
using EhrLedger.Fhir.Search;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Access;

/// <summary>What a scope is about.</summary>
public enum ScopeContext
{
    /// <summary><c>patient/</c>: one patient, whom the launch has chosen.</summary>
    Patient,

    /// <summary><c>user/</c>: what the user may see.</summary>
    User,

    /// <summary><c>system/</c>: what the client may see, with no user there.</summary>
    System,
}

/// <summary>One scope for FHIR resources, such as <c>system/Observation.rs?category=laboratory</c>.</summary>
/// <remarks>Source: SMART App Launch 2.2, §Scopes for requesting FHIR resources. Scopes of version 1 (<c>.read</c>, <c>.write</c>, <c>.*</c>) mean rs, cud and cruds.</remarks>
public sealed record SmartScope
{
    /// <summary>Characters of one scope.</summary>
    public const int LongestScope = 1_000;

    private const string Letters = "cruds";

    private static readonly FrozenSet<string> Types = ModelInfo.SupportedResources.Where(type => type is not ("Resource" or "DomainResource")).ToFrozenSet(StringComparer.Ordinal);

    private SmartScope(ScopeContext context, string? type, Interactions permitted, string parameters) => (Context, Type, Permitted, Parameters) = (context, type, permitted, parameters);

    /// <summary>What it is about.</summary>
    public ScopeContext Context { get; }

    /// <summary>Null for all types.</summary>
    public string? Type { get; }

    /// <summary>The letters.</summary>
    public Interactions Permitted { get; }

    /// <summary>What stands behind the question mark, as it came; empty for all resources of the type.</summary>
    public string Parameters { get; }

    /// <summary>Whether it begins like a scope for FHIR resources: then it is one, or is none at all.</summary>
    public static bool IsForResources(string scope)
    {
        ArgumentNullException.ThrowIfNull(scope);
        return scope.StartsWith("patient/", StringComparison.Ordinal) || scope.StartsWith("user/", StringComparison.Ordinal) || scope.StartsWith("system/", StringComparison.Ordinal);
    }

    /// <summary>Null for what is none: an unknown type or letter, letters in another order, a name that is no plain search parameter of the type (modifiers, chains and result parameters are none).</summary>
    public static SmartScope? Parse(string scope)
    {
        ArgumentNullException.ThrowIfNull(scope);
        if (!IsForResources(scope) || scope.Length > LongestScope)
        {
            return null;
        }

        var slash = scope.IndexOf('/', StringComparison.Ordinal);
        var mark = scope.IndexOf('?', StringComparison.Ordinal);
        var parameters = mark < 0 ? "" : scope[(mark + 1)..];
        var dot = (mark < 0 ? scope : scope[..mark]).LastIndexOf('.');
        if (dot < slash || (mark >= 0 && parameters.Length == 0))
        {
            return null;
        }

        var name = scope[(slash + 1)..dot];
        var type = name == "*" ? null : name;
        var permitted = PermittedBy(mark < 0 ? scope[(dot + 1)..] : scope[(dot + 1)..mark]);
        var context = scope[..slash] switch
        {
            "patient" => ScopeContext.Patient,
            "user" => ScopeContext.User,
            _ => ScopeContext.System,
        };
        return permitted != Interactions.None && (type is null || Types.Contains(type)) && ArePlain(type, parameters) ? new SmartScope(context, type, permitted, parameters) : null;
    }

    /// <summary>What both allow; null for nothing, or where two filters differ: what both of them allow can't be said in one scope.</summary>
    public SmartScope? And(SmartScope other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var permitted = Permitted & other.Permitted;
        return Context == other.Context && permitted != Interactions.None && (Type is null || other.Type is null || Type == other.Type)
            && (Parameters.Length == 0 || other.Parameters.Length == 0 || Parameters == other.Parameters)
                ? new SmartScope(Context, Type ?? other.Type, permitted, Parameters.Length == 0 ? other.Parameters : Parameters)
                : null;
    }

    /// <summary>As version 2 writes it.</summary>
    public override string ToString() =>
        $"{ContextText(Context)}/{Type ?? "*"}.{string.Concat(Letters.Where((_, place) => Permitted.HasFlag((Interactions)(1 << place))))}{(Parameters.Length == 0 ? "" : "?" + Parameters)}";

    private static string ContextText(ScopeContext context) => context switch
    {
        ScopeContext.Patient => "patient",
        ScopeContext.User => "user",
        ScopeContext.System => "system",
    };

    private static Interactions PermittedBy(string letters)
    {
        switch (letters)
        {
            case "read":
                return Interactions.Read | Interactions.Search;
            case "write":
                return Interactions.Create | Interactions.Update | Interactions.Delete;
            case "*":
                return (Interactions)31;
        }

        var permitted = Interactions.None;
        var last = -1;
        foreach (var letter in letters)
        {
            var place = Letters.IndexOf(letter, StringComparison.Ordinal);
            if (place <= last)
            {
                return Interactions.None;
            }

            permitted |= (Interactions)(1 << place);
            last = place;
        }

        return permitted;
    }

    private static bool ArePlain(string? type, string parameters)
    {
        if (parameters.Length == 0)
        {
            return true;
        }

        var read = QueryText.Parse(parameters);
        return read.Count > 0 && read.All(pair => pair.Value.Length > 0 && !pair.Name.Contains(':', StringComparison.Ordinal) && !pair.Name.Contains('.', StringComparison.Ordinal)
            && (type is null ? SearchParameters.For("Basic").ContainsKey(pair.Name) && pair.Name.StartsWith('_') : SearchParameters.For(type).ContainsKey(pair.Name)));
    }
}
