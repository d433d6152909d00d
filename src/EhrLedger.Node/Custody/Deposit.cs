using EhrLedger.Consent.Index;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Cose;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Node.Custody;

/// <summary>What an author puts into another node's keeping: docs/http.md, deposit. Not verified by being here.</summary>
/// <param name="Author">Who says that it wrote them.</param>
/// <param name="Encapsulations">Those that the receiver or a reader may lack, by digest.</param>
/// <param name="Records">At most <see cref="MostRecords"/>.</param>
internal sealed record Deposit(OrganisationId Author, IReadOnlyList<(Digest Digest, ReadOnlyMemory<byte> Bytes)> Encapsulations, IReadOnlyList<DepositedRecord> Records)
{
    public const int MostRecords = 256;

    /// <summary>Most bytes of ciphertext in one deposit, but for a single record that is larger.</summary>
    public const int UsualBytes = 4 << 20;

    public byte[] Sign(Ed25519PrivateKey key, Digest genesis)
    {
        var writer = new DeterministicCborWriter(4096 + Records.Sum(record => record.Ciphertext.Length + 2048)).WriteArray(3).WriteBytes(Author.Key.ToArray()).WriteArray(Encapsulations.Count);
        foreach (var (digest, bytes) in Encapsulations)
        {
            writer.WriteArray(2).WriteDigest(digest).WriteBytes(bytes.Span);
        }

        writer.WriteArray(Records.Count);
        foreach (var record in Records)
        {
            record.Write(writer);
        }

        return CoseSign1.Sign(SignedAs.Deposit, writer.ToArray(), key, genesis);
    }

    /// <summary>Null unless the bytes are a deposit that an active member has signed.</summary>
    public static Deposit? Open(ReadOnlyMemory<byte> bytes, Members members, Digest genesis) =>
        CoseSign1.TryParse(bytes) is { } message
        && CborReading.TryRead(message.Payload, Read) is { } deposit
        && members.SigningKeyOf(deposit.Author) is { } key
        && message.Verifies(key, SignedAs.Deposit, genesis)
            ? deposit
            : null;

    private static Deposit Read(StrictCborReader reader)
    {
        reader.ReadStartArray(3);
        reader.Require(Ed25519PublicKey.TryFromBytes(reader.ReadBytes(Ed25519PublicKey.Length).Span, out var author));
        var encapsulations = reader.ReadArray(0, 4 * MostRecords, item =>
        {
            item.ReadStartArray(2);
            var pair = (item.ReadDigest(), item.ReadBytes(XWingPublicKey.EncapsulationLength));
            item.ReadEndArray();
            return pair;
        });
        var deposit = new Deposit(new OrganisationId(author), encapsulations, reader.ReadArray(0, MostRecords, DepositedRecord.Read));
        reader.ReadEndArray();
        return deposit;
    }
}

/// <summary>One record of a deposit.</summary>
/// <param name="Header">Parsed.</param>
/// <param name="Ciphertext">Padded and encrypted content.</param>
/// <param name="Share">Sealed to the receiver; null if it is no custodian.</param>
/// <param name="Row">For the grantees' index; null for a provisional subject.</param>
internal sealed record DepositedRecord(RecordHeader Header, ReadOnlyMemory<byte> Ciphertext, SealedHalf? Share, DepositedRow? Row)
{
    // The largest body that FHIR takes is 16 MiB; padding adds less than an eighth.
    private const int LargestCiphertext = 32 << 20;

    private const int MostTokens = 1 << 14;

    public void Write(DeterministicCborWriter writer)
    {
        writer.WriteArray(4).WriteBytes(Header.Bytes.Span).WriteBytes(Ciphertext.Span);
        _ = Share is null ? writer.WriteNull() : writer.WriteBytes(Share.Encode());
        if (Row is null)
        {
            writer.WriteNull();
            return;
        }

        writer.WriteArray(3).WriteBool(Row.Current).WriteArray(Row.Tokens.Count);
        foreach (var token in Row.Tokens)
        {
            writer.WriteBytes(token.ToArray());
        }

        writer.WriteBytes(Row.Sealed.Span);
    }

    public static DepositedRecord Read(StrictCborReader reader)
    {
        reader.ReadStartArray(4);
        var record = new DepositedRecord(
            reader.Require(RecordHeader.TryParse(reader.ReadBytes(0, RecordHeader.LargestSize))),
            reader.ReadBytes(0, LargestCiphertext),
            reader.TryReadNull() ? null : reader.Require(SealedHalf.TryParse(reader.ReadBytes(0, 128))),
            reader.TryReadNull() ? null : ReadRow(reader));
        reader.ReadEndArray();
        return record;
    }

    private static DepositedRow ReadRow(StrictCborReader reader)
    {
        reader.ReadStartArray(3);
        var row = new DepositedRow(reader.ReadBool(), reader.ReadArray(0, MostTokens, item => Token.FromBytes(item.ReadBytes(Token.Length).Span)), reader.ReadBytes(0, 1 << 16));
        reader.ReadEndArray();
        return row;
    }
}

/// <summary>An index row of a deposit.</summary>
/// <param name="Current">False for a version that a delete made.</param>
/// <param name="Tokens">Under the subject's index key; the receiver files them under its own.</param>
/// <param name="Sealed">The row, for whoever has the index key.</param>
internal sealed record DepositedRow(bool Current, IReadOnlyList<Token> Tokens, ReadOnlyMemory<byte> Sealed);
