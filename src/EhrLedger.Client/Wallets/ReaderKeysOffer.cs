using EhrLedger.Consent.Grants;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Client.Wallets;

/// <summary>The keys that a grantee's node has made for grants to come, with its statement that they are its own, checked.</summary>
/// <param name="Statement">Signed by the grantee's key on the ledger.</param>
/// <param name="Keys">One pair for each grant, in the statement's order.</param>
public sealed record ReaderKeysOffer(ReaderKeyStatement Statement, IReadOnlyList<OfferedKeys> Keys)
{
    /// <summary>Most pairs that one call may ask for.</summary>
    public const int MostKeys = 32;

    /// <summary>The answer's bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(4_096)
        .WriteArray(2)
        .WriteBytes(Statement.SignedBytes.Span)
        .WriteAll(Keys, (writer, keys) => writer.WriteArray(2).WriteKey(keys.Reader).WriteBytes(keys.Answer.ToArray()))
        .ToArray();

    /// <summary>Reads and checks the answer.</summary>
    /// <param name="bytes">Untrusted.</param>
    /// <param name="grantee">The grantee's signing key on the ledger.</param>
    /// <param name="genesis">Digest of the genesis.</param>
    /// <param name="count">How many pairs were asked for.</param>
    /// <returns>Null unless the grantee has signed exactly these keys, each different.</returns>
    public static ReaderKeysOffer? Open(ReadOnlyMemory<byte> bytes, Ed25519PublicKey grantee, Digest genesis, int count) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var statement = reader.Require(ReaderKeyStatement.Open(reader.ReadBytes(0, 8_192), grantee, genesis));
        var keys = reader.ReadArray(count, count, item =>
        {
            item.ReadStartArray(2);
            var pair = new OfferedKeys(item.ReadKey(), item.ReadXWing());
            item.ReadEndArray();
            return pair;
        });
        reader.ReadEndArray();
        reader.Require(statement.Keys.SequenceEqual(keys.Select(pair => new ReaderKeyPair(pair.Reader, pair.Answer.Digest))));
        reader.Require(keys.DistinctBy(pair => pair.Reader).Count() == count);
        return new ReaderKeysOffer(statement, keys);
    });
}

/// <summary>One pair.</summary>
/// <param name="Reader">Signs Search and Read entries.</param>
/// <param name="Answer">The access key and releases are sealed to it.</param>
public sealed record OfferedKeys(Ed25519PublicKey Reader, XWingPublicKey Answer);
