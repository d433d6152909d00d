namespace EhrLedger.Fhir.Views.Audit;

/// <summary>What kind of question a request was.</summary>
public enum InteractionKind
{
    /// <summary>One resource, or one version of it.</summary>
    Read,

    /// <summary>A search, or a page of one.</summary>
    Search,

    /// <summary>A history, an operation, a definition: anything else that is shown.</summary>
    Other,

    /// <summary>A write, or a Bundle, whose answer told of something.</summary>
    Write,
}

/// <summary>The interaction that a request was, as its line says: <c>GET /fhir/Observation?code=x</c>.</summary>
/// <param name="Kind">What kind.</param>
/// <param name="Code">Of http://hl7.org/fhir/restful-interaction.</param>
/// <param name="Action">C, R, U, D or E, as AuditEvent.action has it.</param>
public sealed record AskedInteraction(InteractionKind Kind, string Code, char Action)
{
    private const string Base = "/fhir";

    /// <summary>Null for what is no request of the FHIR API.</summary>
    /// <param name="question">Method, path and query, and for a form its parameters in a paragraph of their own.</param>
    public static AskedInteraction? Parse(string question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var line = question.Split('\n', 2)[0];
        if (line.Split(' ', 2) is not [var method, var target] || !target.StartsWith(Base, StringComparison.Ordinal))
        {
            return null;
        }

        var segments = target.Split('?', 2)[0][Base.Length..].Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (method, segments) switch
        {
            (_, [.., ['$', ..]]) => new(InteractionKind.Other, "operation", 'E'),
            ("GET" or "HEAD", [_, _, "_history", _]) => new(InteractionKind.Read, "vread", 'R'),
            ("GET" or "HEAD", [_, _, "_history"]) => new(InteractionKind.Other, "history-instance", 'R'),
            ("GET" or "HEAD", ["_history"]) => new(InteractionKind.Other, "history-system", 'R'),
            ("GET" or "HEAD", [_, "_history"]) => new(InteractionKind.Other, "history-type", 'R'),
            ("GET" or "HEAD", [_, _]) => new(InteractionKind.Read, "read", 'R'),
            ("GET" or "HEAD", []) => new(InteractionKind.Search, "search-system", 'E'),
            ("GET" or "HEAD", _) or ("POST", [.., "_search"]) => new(InteractionKind.Search, "search-type", 'E'),
            ("POST", []) => new(InteractionKind.Write, "batch", 'E'),
            ("POST", _) => new(InteractionKind.Write, "create", 'C'),
            ("PUT", _) => new(InteractionKind.Write, "update", 'U'),
            ("PATCH", _) => new(InteractionKind.Write, "patch", 'U'),
            ("DELETE", _) => new(InteractionKind.Write, "delete", 'D'),
            _ => null,
        };
    }
}
