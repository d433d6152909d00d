using System.Globalization;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Conformance;

/// <summary>What the server says about a stored version, and nobody else: id, meta.versionId, meta.lastUpdated.</summary>
/// <param name="Type">Resource type.</param>
/// <param name="Id">Logical id.</param>
/// <param name="VersionId">As in the ETag.</param>
/// <param name="LastUpdated">Stored to the millisecond, in UTC.</param>
public sealed record ResourceVersion(string Type, string Id, string VersionId, DateTimeOffset LastUpdated)
{
    /// <summary><c>Type/id</c>.</summary>
    public string Relative => $"{Type}/{Id}";

    /// <summary><c>Type/id/_history/version</c>, for Location headers below a base.</summary>
    public string Versioned => $"{Relative}/_history/{VersionId}";

    /// <summary>A weak ETag, quotes included.</summary>
    public string ETag => $"W/\"{VersionId}\"";

    /// <summary>Overwrites what a client may have sent in these places; tags, profiles and labels of meta stay.</summary>
    public void Stamp(Resource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        if (resource.TypeName != Type)
        {
            throw new ArgumentException("Of another type than the version.", nameof(resource));
        }

        resource.Id = Id;
        resource.Meta ??= new Meta();
        resource.Meta.VersionId = VersionId;
        resource.Meta.LastUpdatedElement = new Instant { JsonValue = LastUpdated.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture) };
    }

    /// <summary>The version that an If-Match header demands.</summary>
    /// <returns>Null if the header is no single ETag.</returns>
    public static string? ReadETag(string? header)
    {
        var text = header?.Trim() ?? string.Empty;
        text = text.StartsWith("W/", StringComparison.Ordinal) ? text[2..] : text;
        return text is ['"', .. var inner, '"'] && inner.Length is > 0 and <= 64 && !inner.Contains('"', StringComparison.Ordinal) ? inner : null;
    }
}
