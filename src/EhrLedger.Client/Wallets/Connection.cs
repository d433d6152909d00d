using System.Text;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Client.Wallets;

/// <summary>A wallet's subjects for an organisation: docs/http.md, connection. It travels in an HPKE message, because the index keys are secret.</summary>
/// <param name="Code">The one-time code from the desk; at most 200 bytes.</param>
/// <param name="Subjects">One for each category; 1 to 64.</param>
public sealed record Connection(string Code, IReadOnlyList<ConnectedSubject> Subjects)
{
    /// <summary>Canonical bytes. They hold secrets: the caller zeroes them.</summary>
    public byte[] Encode() => new DeterministicCborWriter(64 + (Subjects.Count * 2_700))
        .WriteArray(2)
        .WriteText(Code)
        .WriteAll(Subjects, ConnectedSubject.Write)
        .ToArray();

    /// <summary>Null unless the bytes are a connection in its only encoding, with each category and subject once. The proofs are not checked.</summary>
    public static Connection? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var connection = new Connection(reader.ReadText(200), reader.ReadArray(1, 64, ConnectedSubject.Read));
        reader.ReadEndArray();
        reader.Require(connection.Subjects.DistinctBy(subject => subject.Category).Count() == connection.Subjects.Count);
        reader.Require(connection.Subjects.DistinctBy(subject => subject.Subject).Count() == connection.Subjects.Count);
        return connection;
    });
}

/// <summary>One subject of a <see cref="Connection"/>.</summary>
/// <param name="Category">What it is the pseudonym for.</param>
/// <param name="Subject">Its name.</param>
/// <param name="Epoch">The epoch that it is in.</param>
/// <param name="SealingKey">K1 is sealed to it.</param>
/// <param name="SelfKey">K2 is sealed to it.</param>
/// <param name="IndexKey">32 bytes, secret.</param>
/// <param name="Proof">64 bytes of the subject's key over <see cref="MessageOf"/>.</param>
public sealed record ConnectedSubject(
    Category Category, SubjectId Subject, uint Epoch, XWingPublicKey SealingKey, XWingPublicKey SelfKey, ReadOnlyMemory<byte> IndexKey, ReadOnlyMemory<byte> Proof)
{
    private const int IndexKeyLength = 32;

    /// <summary>What the subject signs: this consortium, this organisation, this code, these keys.</summary>
    public static byte[] MessageOf(Digest genesis, OrganisationId organisation, string code, XWingPublicKey sealingKey, XWingPublicKey selfKey)
    {
        ArgumentNullException.ThrowIfNull(sealingKey);
        ArgumentNullException.ThrowIfNull(selfKey);
        return
        [
            .. "ehrledger/v1/connection\n"u8,
            .. genesis.ToArray(),
            .. organisation.Key.ToArray(),
            .. Digest.Of(Encoding.UTF8.GetBytes(code)).ToArray(),
            .. sealingKey.Digest.ToArray(),
            .. selfKey.Digest.ToArray(),
        ];
    }

    /// <summary>Whether the subject has signed this.</summary>
    public bool Verifies(Digest genesis, OrganisationId organisation, string code) =>
        Subject.Key.Verifies(MessageOf(genesis, organisation, code, SealingKey, SelfKey), Proof.Span);

    /// <summary>The kind and the subject; the index key is secret.</summary>
    public override string ToString() => $"ConnectedSubject({Category})";

    internal static void Write(DeterministicCborWriter writer, ConnectedSubject subject) => writer
        .WriteArray(7)
        .WriteUInt((ulong)subject.Category)
        .WriteSubject(subject.Subject)
        .WriteUInt(subject.Epoch)
        .WriteBytes(subject.SealingKey.ToArray())
        .WriteBytes(subject.SelfKey.ToArray())
        .WriteBytes(subject.IndexKey.Span)
        .WriteBytes(subject.Proof.Span);

    internal static ConnectedSubject Read(StrictCborReader reader)
    {
        reader.ReadStartArray(7);
        var subject = new ConnectedSubject(
            reader.ReadCategory(),
            reader.ReadSubject(),
            reader.ReadUInt32(),
            reader.ReadXWing(),
            reader.ReadXWing(),
            reader.ReadBytes(IndexKeyLength),
            reader.ReadBytes(Ed25519PublicKey.SignatureLength));
        reader.ReadEndArray();
        return subject;
    }
}
