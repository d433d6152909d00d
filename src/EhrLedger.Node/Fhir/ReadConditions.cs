using EhrLedger.Fhir.Conformance;

namespace EhrLedger.Node.Fhir;

/// <summary>Conditional read (FHIR R4 §3.1.0.1.4, RFC 9110 §13.1).</summary>
/// <param name="IfNoneMatch">ETags, or an asterisk; empty or null for none. Where there is one, the date does not count.</param>
/// <param name="IfModifiedSince">Null for none, or for what is no date.</param>
internal sealed record ReadConditions(string? IfNoneMatch, DateTimeOffset? IfModifiedSince)
{
    public static ReadConditions Of(HttpRequest request) => new(request.Headers.IfNoneMatch.ToString(), request.GetTypedHeaders().IfModifiedSince);

    /// <summary>Whether the client has this version already: 304.</summary>
    public bool IsKnown(ResourceVersion version) => string.IsNullOrEmpty(IfNoneMatch)
        ? IfModifiedSince is { } since && version.LastUpdated.ToUnixTimeSeconds() <= since.ToUnixTimeSeconds()
        : IfNoneMatch.Split(',').Any(tag => tag.Trim() == "*" || ResourceVersion.ReadETag(tag) == version.VersionId);
}
