using EhrLedger.Consent.Grants;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.References;
using EhrLedger.Node.Authoring;

namespace EhrLedger.Node.Fhir.Export;

/// <summary>How far an export is.</summary>
internal enum ExportState : byte
{
    /// <summary>Waits, or runs.</summary>
    Running = 1,

    /// <summary>Its files can be downloaded.</summary>
    Done = 2,

    /// <summary>It could not go on.</summary>
    Failed = 3,
}

/// <summary>What is exported (Bulk Data Access IG 2.0): of whom, and which types.</summary>
/// <param name="IsSystem">What belongs to no patient as well.</param>
/// <param name="Patients">FHIR ids; null for all.</param>
/// <param name="Types">Null for all.</param>
/// <param name="Since">Only what was written since; null for all.</param>
/// <param name="Filters">For each type that has some: searches of which one has to match.</param>
internal sealed record ExportScope(bool IsSystem, IReadOnlyList<string>? Patients, IReadOnlyList<string>? Types, DateTimeOffset? Since, IReadOnlyList<(string Type, string Search)> Filters);

/// <summary>An export as it is kept, sealed, in records.db.</summary>
/// <param name="Name">16 random bytes in lower-case hex: its place in URLs, and its folder.</param>
/// <param name="Asking">Who asked, and what for: as they stand in each row of its reads.</param>
/// <param name="Request">URL of the request.</param>
/// <param name="Scope">What was asked for.</param>
/// <param name="Started">What was written after this is left out. Whole milliseconds.</param>
/// <param name="Key">32 bytes under which its files are sealed: they go with it.</param>
internal sealed record ExportJob(string Name, Asking Asking, string Request, ExportScope Scope, DateTimeOffset Started, ReadOnlyMemory<byte> Key)
{
    /// <summary>Most patients that can be named.</summary>
    public const int MostPatients = 10_000;

    private const int MostText = 1 << 20;

    public ExportState State { get; init; } = ExportState.Running;

    /// <summary>Rows of patients up to this one are done.</summary>
    public long PatientsDone { get; init; }

    /// <summary>Types of the directory that are done.</summary>
    public int TypesDone { get; init; }

    /// <summary>When it ended; null until then.</summary>
    public DateTimeOffset? Ended { get; init; }

    public IReadOnlyList<ExportFile> Files { get; init; } = [];

    /// <summary>The caller's scopes, as <see cref="FhirAccess.Scopes"/> has them.</summary>
    public required string Scopes { get; init; }

    /// <summary>FHIR id of the patient of the caller's launch; null for none.</summary>
    public string? LaunchPatient { get; init; }

    /// <summary>The caller, with what its scopes let it see; nothing, if they can't be read any more.</summary>
    public Asking AskingWithin(ServerBase server) =>
        Asking with { Access = FhirAccess.Parse(Scopes, LaunchPatient, server, Started) ?? FhirAccess.Nothing, Needs = Interactions.Read | Interactions.Search };

    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(1_024 + (64 * Files.Count)).WriteArray(21)
            .WriteText(Name).WriteText(Asking.Client).WriteText(Scopes).WriteText(Asking.Purpose.Code).WriteText(Asking.Person).WriteText(Asking.Role).WriteDigest(Asking.QueryDigest).WriteText(Request).WriteBool(Scope.IsSystem);
        _ = LaunchPatient is null ? writer.WriteNull() : writer.WriteText(LaunchPatient);
        WriteTexts(writer, Scope.Patients);
        WriteTexts(writer, Scope.Types);
        _ = Scope.Since is { } since ? writer.WriteUInt((ulong)since.ToUnixTimeMilliseconds()) : writer.WriteNull();
        writer.WriteArray(Scope.Filters.Count);
        foreach (var (type, search) in Scope.Filters)
        {
            writer.WriteArray(2).WriteText(type).WriteText(search);
        }

        writer.WriteUInt((ulong)Started.ToUnixTimeMilliseconds()).WriteBytes(Key.Span).WriteUInt((ulong)State).WriteUInt((ulong)PatientsDone).WriteUInt((ulong)TypesDone);
        _ = Ended is { } ended ? writer.WriteUInt((ulong)ended.ToUnixTimeMilliseconds()) : writer.WriteNull();
        writer.WriteArray(Files.Count);
        foreach (var file in Files)
        {
            writer.WriteArray(5).WriteUInt((ulong)file.Kind).WriteText(file.Type).WriteBytes(file.Id.Span).WriteUInt((ulong)file.Count).WriteUInt((ulong)file.Bytes);
        }

        return writer.ToArray();
    }

    public static ExportJob? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(21);
        var name = reader.ReadText(100);
        var (client, scopes) = (reader.ReadText(MostText), reader.ReadText(MostText));
        var asking = new Asking(reader.Require(PurposeOfUse.TryParse(reader.ReadText(100))), reader.ReadText(200), reader.ReadText(100), reader.ReadDigest()) { Client = client };
        var request = reader.ReadText(MostText);
        var isSystem = reader.ReadBool();
        var launchPatient = reader.TryReadNull() ? null : reader.ReadText(100);
        var scope = new ExportScope(
            isSystem,
            ReadTexts(reader),
            ReadTexts(reader),
            reader.TryReadNull() ? null : ReadTime(reader),
            reader.ReadArray(0, ExportQuery.MostFilters, item =>
            {
                item.ReadStartArray(2);
                var filter = (item.ReadText(100), item.ReadText(MostText));
                item.ReadEndArray();
                return filter;
            }));
        var job = new ExportJob(name, asking, request, scope, ReadTime(reader), reader.ReadBytes(SymmetricKey.KeyLength))
        {
            Scopes = scopes,
            LaunchPatient = launchPatient,
            State = (ExportState)reader.ReadByte(),
            PatientsDone = (long)reader.ReadUInt(long.MaxValue),
            TypesDone = (int)reader.ReadUInt(int.MaxValue),
            Ended = reader.TryReadNull() ? null : ReadTime(reader),
            Files = reader.ReadArray(0, int.MaxValue, item =>
            {
                item.ReadStartArray(5);
                var file = new ExportFile((ExportFileKind)item.ReadByte(), item.ReadText(100), item.ReadBytes(ExportFile.IdLength), (long)item.ReadUInt(long.MaxValue), (long)item.ReadUInt(long.MaxValue));
                item.ReadEndArray();
                return file;
            }),
        };
        reader.Require(Enum.IsDefined(job.State) && job.Files.All(file => Enum.IsDefined(file.Kind)));
        reader.ReadEndArray();
        return job;
    });

    private static void WriteTexts(DeterministicCborWriter writer, IReadOnlyList<string>? texts)
    {
        if (texts is null)
        {
            writer.WriteNull();
            return;
        }

        writer.WriteArray(texts.Count);
        foreach (var text in texts)
        {
            writer.WriteText(text);
        }
    }

    private static string[]? ReadTexts(StrictCborReader reader) => reader.TryReadNull() ? null : reader.ReadArray(0, MostPatients, item => item.ReadText(100));

    private static DateTimeOffset ReadTime(StrictCborReader reader) => DateTimeOffset.FromUnixTimeMilliseconds((long)reader.ReadUInt(253_402_300_799_999));
}
