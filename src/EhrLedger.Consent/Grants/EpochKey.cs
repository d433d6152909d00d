using System.Security.Cryptography;
using EhrLedger.Consent.Index;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;

namespace EhrLedger.Consent.Grants;

/// <summary>The keys of one epoch of a subject. Zeroed on Dispose.</summary>
/// <param name="epoch">Which.</param>
/// <param name="sealingKey">Opens K1. Taken over.</param>
/// <param name="indexKey">Opens the index. Taken over.</param>
public sealed class EpochKey(uint epoch, XWingPrivateKey sealingKey, IndexKey indexKey) : IDisposable
{
    /// <summary>Which.</summary>
    public uint Epoch => epoch;

    /// <summary>Opens K1.</summary>
    public XWingPrivateKey SealingKey => sealingKey;

    /// <summary>Opens the index.</summary>
    public IndexKey IndexKey => indexKey;

    /// <summary>Overwrites the keys with zeros.</summary>
    public void Dispose()
    {
        sealingKey.Dispose();
        indexKey.Dispose();
    }

    /// <summary>"EpochKey(redacted)".</summary>
    public override string ToString() => "EpochKey(redacted)";

    internal static void Write(DeterministicCborWriter writer, EpochKey key)
    {
        Span<byte> secret = stackalloc byte[SymmetricKey.KeyLength];
        key.SealingKey.ExportSeed(secret);
        writer.WriteArray(3).WriteUInt(key.Epoch).WriteBytes(secret);
        key.IndexKey.ExportTo(secret);
        writer.WriteBytes(secret);
        CryptographicOperations.ZeroMemory(secret);
    }

    internal static EpochKey Read(StrictCborReader reader)
    {
        reader.ReadStartArray(3);
        var key = new EpochKey(
            reader.ReadUInt32(),
            XWingPrivateKey.FromSeed(reader.ReadBytes(XWingPrivateKey.SeedLength).Span),
            new IndexKey(SymmetricKey.FromBytes(reader.ReadBytes(SymmetricKey.KeyLength).Span)));
        reader.ReadEndArray();
        return key;
    }
}
