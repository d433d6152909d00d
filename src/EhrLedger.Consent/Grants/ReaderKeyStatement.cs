using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Cose;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Consent.Grants;

/// <summary>
/// An organisation's signed "these keys are mine, for this patient", checked: docs/formats.md, statement. The wallet keeps it with the grant, so that the
/// patient can prove who read; and since the keys were made by the grantee, the patient can't have read in its name.
/// </summary>
public sealed class ReaderKeyStatement
{
    /// <summary>Most key pairs of a statement: one for each category, with room.</summary>
    public const int MostKeys = 32;

    private ReaderKeyStatement(ReadOnlyMemory<byte> signedBytes, IReadOnlyList<ReaderKeyPair> keys, string patientLink, ulong time)
    {
        SignedBytes = signedBytes;
        Keys = keys;
        PatientLink = patientLink;
        Time = time;
    }

    /// <summary>The COSE bytes: the proof.</summary>
    public ReadOnlyMemory<byte> SignedBytes { get; }

    /// <summary>One pair for each grant to come.</summary>
    public IReadOnlyList<ReaderKeyPair> Keys { get; }

    /// <summary>The grantee's own name of the patient, such as <c>Patient/…</c>, so that granted records appear as that patient's. At most 200 bytes.</summary>
    public string PatientLink { get; }

    /// <summary>Unix milliseconds, the organisation's word.</summary>
    public ulong Time { get; }

    /// <summary>Signs a statement.</summary>
    /// <param name="keys">1 to 32.</param>
    /// <param name="patientLink">At most 200 bytes.</param>
    /// <param name="now">Of the organisation.</param>
    /// <param name="key">The organisation's current signing key.</param>
    /// <param name="genesis">Digest of the consortium's genesis.</param>
    public static ReaderKeyStatement Sign(IReadOnlyList<ReaderKeyPair> keys, string patientLink, DateTimeOffset now, Ed25519PrivateKey key, Digest genesis)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(key);
        var payload = new DeterministicCborWriter(64 + (keys.Count * 72))
            .WriteArray(3)
            .WriteAll(keys, (writer, pair) => writer.WriteArray(2).WriteKey(pair.Reader).WriteDigest(pair.AnswerKeyDigest))
            .WriteText(patientLink)
            .WriteUInt((ulong)now.ToUnixTimeMilliseconds())
            .ToArray();
        return Open(CoseSign1.Sign(SignedAs.ReaderKeyStatement, payload, key, genesis), key.Public, genesis)
            ?? throw new ArgumentException("A statement has 1 to 32 pairs of keys and a patient link of at most 200 bytes.", nameof(keys));
    }

    /// <summary>Reads and checks a statement.</summary>
    /// <param name="statement">Untrusted.</param>
    /// <param name="organisation">The key that the organisation signs with, as the ledger has it.</param>
    /// <param name="genesis">Digest of the consortium's genesis.</param>
    /// <returns>Null unless the bytes are a statement in its only encoding that the organisation signed.</returns>
    public static ReaderKeyStatement? Open(ReadOnlyMemory<byte> statement, Ed25519PublicKey organisation, Digest genesis) =>
        CoseSign1.TryParse(statement) is { } message && message.Verifies(organisation, SignedAs.ReaderKeyStatement, genesis)
            ? CborReading.TryRead(message.Payload, reader => Read(reader, statement))
            : null;

    private static ReaderKeyStatement Read(StrictCborReader reader, ReadOnlyMemory<byte> signedBytes)
    {
        reader.ReadStartArray(3);
        var keys = reader.ReadArray(1, MostKeys, item =>
        {
            item.ReadStartArray(2);
            var pair = new ReaderKeyPair(item.ReadKey(), item.ReadDigest());
            item.ReadEndArray();
            return pair;
        });
        var statement = new ReaderKeyStatement(signedBytes, keys, reader.ReadText(200), reader.ReadUInt(long.MaxValue));
        reader.ReadEndArray();
        return statement;
    }
}
