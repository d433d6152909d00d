using System.Security.Cryptography;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Kdf;
using EhrLedger.Crypto.Sealing;
using EhrLedger.Crypto.WalletKeys;

namespace EhrLedger.Consent.Recovery;

/// <summary>The two secrets that a wallet's seed is wrapped under, of one set-up: the guardians' and the custodians'. Either alone says nothing at all about the seed. Zeroed on Dispose.</summary>
/// <param name="guardians">Taken over.</param>
/// <param name="custodians">Taken over.</param>
public sealed class RecoverySecrets(SymmetricKey guardians, SymmetricKey custodians) : IDisposable
{
    /// <summary>Bytes of a wrapped seed.</summary>
    public const int WrappedLength = WalletSeed.SeedLength + KeyWrap.Overhead;

    /// <summary>Split to the guardians.</summary>
    public SymmetricKey Guardians => guardians;

    /// <summary>Split to the custodians.</summary>
    public SymmetricKey Custodians => custodians;

    /// <summary>Wraps the seed, the same each time: a set-up's secrets wrap nothing else.</summary>
    /// <param name="seed">Stays the caller's.</param>
    /// <param name="recovery">Whose.</param>
    /// <param name="number">Of the set-up.</param>
    public byte[] Wrap(WalletSeed seed, RecoveryId recovery, uint number)
    {
        ArgumentNullException.ThrowIfNull(seed);
        Span<byte> bytes = stackalloc byte[WalletSeed.SeedLength];
        seed.ExportTo(bytes);
        using var key = Join();
        var wrapped = KeyWrap.Seal(key, ContextOf(recovery, number), bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return wrapped;
    }

    /// <summary>Null if the secrets are not those that it was wrapped under.</summary>
    /// <param name="wrapped">Untrusted.</param>
    /// <param name="recovery">Whose.</param>
    /// <param name="number">Of the set-up.</param>
    public WalletSeed? Unwrap(ReadOnlySpan<byte> wrapped, RecoveryId recovery, uint number)
    {
        using var key = Join();
        if (KeyWrap.Open(key, ContextOf(recovery, number), wrapped) is not { Length: WalletSeed.SeedLength } bytes)
        {
            return null;
        }

        var seed = WalletSeed.FromBytes(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return seed;
    }

    /// <summary>Overwrites both with zeros.</summary>
    public void Dispose()
    {
        guardians.Dispose();
        custodians.Dispose();
    }

    /// <summary>"RecoverySecrets(redacted)".</summary>
    public override string ToString() => "RecoverySecrets(redacted)";

    private static Digest ContextOf(RecoveryId recovery, uint number) =>
        Digest.Of([.. recovery.Topic.ToArray(), (byte)(number >> 24), (byte)((number >> 16) & 0xff), (byte)((number >> 8) & 0xff), (byte)(number & 0xff)]);

    private SymmetricKey Join()
    {
        Span<byte> both = stackalloc byte[2 * SymmetricKey.KeyLength];
        guardians.ExportTo(both);
        custodians.ExportTo(both[SymmetricKey.KeyLength..]);
        Span<byte> key = stackalloc byte[SymmetricKey.KeyLength];
        Hkdf.Derive(both, "recovery/seed", key);
        var joined = SymmetricKey.FromBytes(key);
        CryptographicOperations.ZeroMemory(both);
        CryptographicOperations.ZeroMemory(key);
        return joined;
    }
}
