using EhrLedger.Consent.Records;
using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Node.Storage.Records;

/// <summary>What stands beside a version's ciphertext, sealed in one column.</summary>
/// <param name="Type">FHIR resource type.</param>
/// <param name="Id">FHIR logical id.</param>
/// <param name="LastUpdated">Unix milliseconds, as in meta.lastUpdated.</param>
/// <param name="Deleted">True for the version that a delete makes.</param>
/// <param name="Anchoring">What proves and opens it; null for a resource of the directory.</param>
internal sealed record VersionMeta(string Type, string Id, ulong LastUpdated, bool Deleted, Anchoring? Anchoring)
{
    /// <summary>Who sent it. Null where that was not kept yet when it was written.</summary>
    public WrittenBy? By { get; init; }

    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(2048).WriteArray(By is null ? 5 : 6).WriteText(Type).WriteText(Id).WriteUInt(LastUpdated).WriteBool(Deleted);
        writer = Anchoring is null ? writer.WriteNull() : writer.WriteBytes(Anchoring.Encode());
        return (By is null ? writer : By.WriteTo(writer)).ToArray();
    }

    /// <summary>What is left when the patient has had it erased: that there was such a version, and its row.</summary>
    public VersionMeta ToErased() => this with { Deleted = true, Anchoring = Anchoring?.ToErased() };

    public static VersionMeta? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        var length = reader.ReadStartArray(5, 6);
        var meta = new VersionMeta(
            reader.ReadText(100),
            reader.ReadText(100),
            reader.ReadUInt(long.MaxValue),
            reader.ReadBool(),
            reader.TryReadNull() ? null : reader.Require(Records.Anchoring.TryParse(reader.ReadBytes(0, 1 << 20))))
        {
            By = length == 6 ? WrittenBy.Read(reader) : null,
        };
        reader.ReadEndArray();
        return meta;
    });
}

/// <summary>Who sent a version, as the organisation's system has said, and what for.</summary>
/// <param name="Client">Id of the registered client; empty for none.</param>
/// <param name="Person">The acting person; at most 200 bytes, empty for none.</param>
/// <param name="Role">At most 100 bytes, empty for none.</param>
/// <param name="Purpose">Code of HL7 v3 PurposeOfUse.</param>
internal sealed record WrittenBy(string Client, string Person, string Role, string Purpose)
{
    public DeterministicCborWriter WriteTo(DeterministicCborWriter writer) => writer.WriteArray(4).WriteText(Client).WriteText(Person).WriteText(Role).WriteText(Purpose);

    public static WrittenBy Read(StrictCborReader reader)
    {
        reader.ReadStartArray(4);
        var by = new WrittenBy(reader.ReadText(256), reader.ReadText(200), reader.ReadText(100), reader.ReadText(100));
        reader.ReadEndArray();
        return by;
    }
}

/// <summary>A record's header, row and path, and the halves of its key as they are sealed to others.</summary>
/// <param name="Header">Canonical bytes.</param>
/// <param name="Row">Canonical bytes of the write row.</param>
/// <param name="Path">The row's path in its batch: <see cref="Anchor"/> bytes whose index is the outbox number.</param>
/// <param name="FirstHalf">K1 for the subject's sealing key.</param>
/// <param name="SecondHalf">K2 for the subject's self key.</param>
/// <param name="Shares">One for each custodian, in the order of the set.</param>
/// <param name="Tokens">Of the grantees' index, 16 bytes each, one after the other; empty for a provisional subject.</param>
internal sealed record Anchoring(
    ReadOnlyMemory<byte> Header,
    ReadOnlyMemory<byte> Row,
    ReadOnlyMemory<byte> Path,
    ReadOnlyMemory<byte> FirstHalf,
    ReadOnlyMemory<byte> SecondHalf,
    IReadOnlyList<ReadOnlyMemory<byte>> Shares,
    ReadOnlyMemory<byte> Tokens)
{
    /// <summary>Header, row and path alone: the row keeps its place among the subject's, and nothing opens.</summary>
    public Anchoring ToErased() => this with { FirstHalf = ReadOnlyMemory<byte>.Empty, SecondHalf = ReadOnlyMemory<byte>.Empty, Shares = [], Tokens = ReadOnlyMemory<byte>.Empty };

    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(2048)
            .WriteArray(7).WriteBytes(Header.Span).WriteBytes(Row.Span).WriteBytes(Path.Span).WriteBytes(FirstHalf.Span).WriteBytes(SecondHalf.Span).WriteArray(Shares.Count);
        foreach (var share in Shares)
        {
            writer.WriteBytes(share.Span);
        }

        return writer.WriteBytes(Tokens.Span).ToArray();
    }

    public static Anchoring? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(7);
        var anchoring = new Anchoring(
            reader.ReadBytes(0, 16_384),
            reader.ReadBytes(0, 512),
            reader.ReadBytes(0, 4_096),
            reader.ReadBytes(0, 128),
            reader.ReadBytes(0, 128),
            reader.ReadArray(0, 200, item => item.ReadBytes(0, 128)),
            reader.ReadBytes(0, 1 << 18));
        reader.ReadEndArray();
        return anchoring;
    });
}
