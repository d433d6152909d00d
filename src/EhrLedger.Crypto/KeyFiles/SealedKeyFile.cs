using System.Security.Cryptography;
using System.Text;
using EhrLedger.Crypto.Aead;
using EhrLedger.Crypto.Cbor;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;

namespace EhrLedger.Crypto.KeyFiles;

/// <summary>Secrets at rest: bytes encrypted under a passphrase, or under a key that the operating system guards.</summary>
/// <remarks>
/// <c>[ header: bstr .cbor [version: 1, salt: bstr .size 16, cost: [memory KiB, passes] / null], ciphertext || tag: bstr ]</c>.
/// The AES-256-GCM key is Hkdf.Derive(secret, "key-file", salt), where the secret is Argon2id (version 0x13, one lane, 32 bytes) of the
/// passphrase's UTF-8 and the salt, or the key itself; nonce zero, since each file takes a new salt; the header is the AAD.
/// </remarks>
public static class SealedKeyFile
{
    private const byte Version = 1;
    private const int SaltLength = 16;
    private const int Lanes = 1;
    private const string Label = "key-file";

    /// <summary>Encrypts under a passphrase. Takes some tenths of a second, on purpose.</summary>
    /// <param name="content">The secrets; the caller zeroes them.</param>
    /// <param name="passphrase">Taken as it is, as UTF-8: no trimming, no Unicode normalisation.</param>
    /// <param name="cost">What a guess should cost; null for <see cref="PassphraseCost.Default"/>.</param>
    /// <exception cref="ArgumentException">An empty passphrase.</exception>
    public static byte[] Seal(ReadOnlySpan<byte> content, string passphrase, PassphraseCost? cost = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(passphrase);
        cost ??= PassphraseCost.Default;
        var salt = RandomNumberGenerator.GetBytes(SaltLength);
        using var key = Stretch(passphrase, salt, cost);
        return Seal(content, key, salt, cost);
    }

    /// <summary>Encrypts under a key.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> content, SymmetricKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Seal(content, key, RandomNumberGenerator.GetBytes(SaltLength), cost: null);
    }

    /// <summary>Opens a file under a passphrase. Costs at most 1 GiB of memory, whatever the file says.</summary>
    /// <returns>Null for a wrong passphrase, a file under a key, or anything changed.</returns>
    public static byte[]? Open(ReadOnlyMemory<byte> file, string passphrase)
    {
        ArgumentNullException.ThrowIfNull(passphrase);
        if (TryParse(file) is not { Cost: { } cost } parsed)
        {
            return null;
        }

        using var key = Stretch(passphrase, parsed.Salt, cost);
        return Open(parsed, key);
    }

    /// <summary>Opens a file under a key.</summary>
    /// <returns>Null for a wrong key, a file under a passphrase, or anything changed.</returns>
    public static byte[]? Open(ReadOnlyMemory<byte> file, SymmetricKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return TryParse(file) is { Cost: null } parsed ? Open(parsed, key) : null;
    }

    private static byte[] Seal(ReadOnlySpan<byte> content, SymmetricKey key, byte[] salt, PassphraseCost? cost)
    {
        var writer = new DeterministicCborWriter(64).WriteArray(3).WriteUInt(Version).WriteBytes(salt);
        var header = (cost is null ? writer.WriteNull() : writer.WriteArray(2).WriteUInt((ulong)cost.Memory).WriteUInt((ulong)cost.Passes)).ToArray();
        using var fileKey = key.Derive(Label, salt);
        return new DeterministicCborWriter(content.Length + 128)
            .WriteArray(2).WriteBytes(header).WriteBytes(AesGcmEngine.SealOnce(fileKey.Secret, header, content)).ToArray();
    }

    private static byte[]? Open(Parsed file, SymmetricKey key)
    {
        using var fileKey = key.Derive(Label, file.Salt);
        return AesGcmEngine.OpenOnce(fileKey.Secret, file.Header.Span, file.Ciphertext.Span);
    }

    private static Parsed? TryParse(ReadOnlyMemory<byte> file) => CborReading.TryRead(file, reader =>
    {
        reader.ReadStartArray(2);
        var header = reader.ReadBytes(0, 64);
        var ciphertext = reader.ReadBytes(IAead.TagLength, int.MaxValue);
        reader.ReadEndArray();
        return reader.Require(CborReading.TryRead(header, inner =>
        {
            inner.ReadStartArray(3);
            inner.Require(inner.ReadByte() == Version);
            var salt = inner.ReadBytes(SaltLength).ToArray();
            var cost = inner.TryReadNull() ? null : ReadCost(inner);
            inner.ReadEndArray();
            return new Parsed(header, salt, cost, ciphertext);
        }));
    });

    private static PassphraseCost ReadCost(StrictCborReader reader)
    {
        reader.ReadStartArray(2);
        var memory = (int)reader.ReadUInt(PassphraseCost.MostMemory);
        var passes = (int)reader.ReadUInt(PassphraseCost.MostPasses);
        reader.ReadEndArray();
        reader.Require(memory >= PassphraseCost.LeastMemory && passes >= 1);
        return new PassphraseCost { Memory = memory, Passes = passes };
    }

    private static SymmetricKey Stretch(string passphrase, byte[] salt, PassphraseCost cost)
    {
        var generator = new Argon2BytesGenerator();
        generator.Init(new Argon2Parameters.Builder(Argon2Parameters.Argon2id)
            .WithVersion(Argon2Parameters.Version13)
            .WithMemoryAsKB(cost.Memory)
            .WithIterations(cost.Passes)
            .WithParallelism(Lanes)
            .WithSalt(salt)
            .Build());
        var password = Encoding.UTF8.GetBytes(passphrase);
        var key = new byte[SymmetricKey.KeyLength];
        generator.GenerateBytes(password, key);
        CryptographicOperations.ZeroMemory(password);
        return SymmetricKey.Take(key);
    }

    private sealed record Parsed(ReadOnlyMemory<byte> Header, byte[] Salt, PassphraseCost? Cost, ReadOnlyMemory<byte> Ciphertext);
}
