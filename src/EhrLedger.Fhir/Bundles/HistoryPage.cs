using EhrLedger.Fhir.Conformance;
using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Bundles;

/// <summary>One version in a history.</summary>
/// <param name="Version">Which.</param>
/// <param name="Creates">True where there was no such resource just before.</param>
/// <param name="Resource">Its content; null for the version that a delete made.</param>
public sealed record HistoryEntry(ResourceVersion Version, bool Creates, Resource? Resource);

/// <summary>Builds one page of a history (FHIR R4 §3.1.0.11).</summary>
public static class HistoryPage
{
    /// <summary>A Bundle of type history.</summary>
    /// <param name="server">Base of all links.</param>
    /// <param name="entries">Newest first.</param>
    /// <param name="selfUrl">Absolute URL of the history as it was understood.</param>
    /// <param name="nextPageUrl">Absolute URL of the next page; null on the last.</param>
    /// <remarks>
    /// A first version under an id of this server's own making is a POST, every other one a PUT of its id, whatever it was written by: the record keeps what was written, not how. No total: counting
    /// is reading.
    /// </remarks>
    public static Bundle Build(ServerBase server, IReadOnlyList<HistoryEntry> entries, string selfUrl, string? nextPageUrl)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(entries);
        var bundle = new Bundle { Type = Bundle.BundleType.History };
        bundle.Link.Add(new Bundle.LinkComponent { Relation = "self", Url = selfUrl });
        if (nextPageUrl is not null)
        {
            bundle.Link.Add(new Bundle.LinkComponent { Relation = "next", Url = nextPageUrl });
        }

        bundle.Entry = [.. entries.Select(entry => Entry(server, entry))];
        return bundle;
    }

    private static Bundle.EntryComponent Entry(ServerBase server, HistoryEntry entry)
    {
        var version = entry.Version;
        var isPost = entry.Creates && version.VersionId == "1" && Guid.TryParseExact(version.Id, "D", out _);
        var (method, url, status) = entry.Resource is null ? (Bundle.HTTPVerb.DELETE, version.Relative, "204 No Content")
            : isPost ? (Bundle.HTTPVerb.POST, version.Type, "201 Created")
            : (Bundle.HTTPVerb.PUT, version.Relative, entry.Creates ? "201 Created" : "200 OK");
        return new Bundle.EntryComponent
        {
            FullUrl = $"{server.Url}/{version.Relative}",
            Resource = entry.Resource,
            Request = new Bundle.RequestComponent { Method = method, Url = url },
            Response = new Bundle.ResponseComponent
            {
                Status = status,
                Location = entry.Resource is null ? null : $"{server.Url}/{version.Versioned}",
                Etag = version.ETag,
                LastModified = version.LastUpdated,
            },
        };
    }
}
