using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Fhir.Json;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Export;

/// <summary>
/// A part of an export: files that are written side by side, one for each type, and logged as one. A file that is full is followed by another of its type. Of what went out only names are in memory.
/// </summary>
/// <param name="folder">Of the export; it is there.</param>
/// <param name="key">Of the export.</param>
/// <param name="bounds">Of a part and its files.</param>
internal sealed class ExportPart(string folder, SymmetricKey key, ExportBounds bounds) : IDisposable
{
    private readonly Dictionary<(ExportFileKind Kind, string Type), ExportFileWriter> _open = [];
    private readonly List<ExportFile> _done = [];
    private readonly List<ExportedRecord> _seen = [];
    private long _count;
    private long _bytes;

    /// <summary>Whether it should be logged now, and another one begun.</summary>
    public bool IsFull => _count >= bounds.PartCount || _bytes >= bounds.PartBytes;

    /// <summary>What its lines show or tell of patients' records of this author.</summary>
    public IReadOnlyList<ExportedRecord> Seen => _seen;

    /// <summary>One of this author's own.</summary>
    public void Show(OpenedVersion version)
    {
        Add(ExportFileKind.Output, version.Type, version.Json.Span);
        See(version, ReadLevel.Opened);
    }

    /// <summary>One of another author's; its read is in the ledger already.</summary>
    public void Show(Resource granted) => Add(ExportFileKind.Output, granted.TypeName, FhirJson.Write(granted));

    /// <summary>That one of this author's own was deleted.</summary>
    public void TellDeleted(OpenedVersion version)
    {
        var bundle = new Bundle
        {
            Type = Bundle.BundleType.Transaction,
            Entry = [new Bundle.EntryComponent { Request = new Bundle.RequestComponent { Method = Bundle.HTTPVerb.DELETE, Url = $"{version.Type}/{version.Id}" } }],
        };
        Add(ExportFileKind.Deleted, "Bundle", FhirJson.Write(bundle));
        See(version, ReadLevel.Counted);
    }

    /// <summary>What is missing.</summary>
    public void Warn(OperationOutcome.IssueComponent issue) => Add(ExportFileKind.Error, "OperationOutcome", FhirJson.Write(EhrLedger.Fhir.Outcomes.Outcome.Of(issue)));

    /// <summary>The files, whole and on the disk. They may be shown once what was seen is logged.</summary>
    /// <exception cref="IOException">The disk is full or broken.</exception>
    public IReadOnlyList<ExportFile> Complete()
    {
        foreach (var place in _open.Keys.Order().ToList())
        {
            Close(place);
        }

        return _done;
    }

    public void Dispose()
    {
        foreach (var writer in _open.Values)
        {
            writer.Dispose();
        }
    }

    private void See(OpenedVersion version, ReadLevel level)
    {
        if (version.Link is { } link)
        {
            _seen.Add(new ExportedRecord(link, version.Record, level));
        }
    }

    private void Add(ExportFileKind kind, string type, ReadOnlySpan<byte> json)
    {
        if (!_open.TryGetValue((kind, type), out var writer))
        {
            _open.Add((kind, type), writer = new ExportFileWriter(folder, key, kind, type));
        }

        writer.Add(json);
        _count++;
        _bytes += json.Length;
        if (writer.Count >= bounds.FileCount || writer.Bytes >= bounds.FileBytes)
        {
            Close((kind, type));
        }
    }

    private void Close((ExportFileKind Kind, string Type) place)
    {
        using var writer = _open[place];
        _done.Add(writer.Complete());
        _open.Remove(place);
    }
}

/// <summary>How much goes into a file of an export, and into a part.</summary>
/// <param name="FileCount">Lines after which a file ends.</param>
/// <param name="FileBytes">Bytes after which a file ends; it may be longer by its last line.</param>
/// <param name="PartCount">Lines after which a part ends, with the patient that it has come to.</param>
/// <param name="PartBytes">Bytes, likewise.</param>
internal sealed record ExportBounds(long FileCount = 10_000, long FileBytes = 64 << 20, long PartCount = 50_000, long PartBytes = 256 << 20);
