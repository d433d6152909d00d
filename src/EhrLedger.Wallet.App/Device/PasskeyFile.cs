using System.Security.Cryptography;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.KeyFiles;

namespace EhrLedger.Wallet.App.Device;

/// <summary>Secret bytes on the device, encrypted under what a passkey makes of a salt, together with that salt and the passkey's id. Neither is secret to who has the file.</summary>
/// <remarks>docs/formats.md, passkey-file. What a passkey makes of a salt: WebAuthn Level 3, §10.1.4, "prf".</remarks>
internal sealed class PasskeyFile
{
    /// <summary>Bytes of a salt.</summary>
    public const int SaltLength = 32;

    /// <summary>Most bytes of a passkey's id: WebAuthn Level 3, §4, "Credential ID".</summary>
    public const int LongestCredential = 1023;

    private const byte Version = 1;
    private const string Label = "wallet/passkey";

    // Some times what a seed takes.
    private const int LongestSealed = 1024;

    private readonly ReadOnlyMemory<byte> _sealed;

    private PasskeyFile(ReadOnlyMemory<byte> credential, ReadOnlyMemory<byte> salt, ReadOnlyMemory<byte> sealedBytes) => (Credential, Salt, _sealed) = (credential, salt, sealedBytes);

    /// <summary>Which passkey to ask.</summary>
    public ReadOnlyMemory<byte> Credential { get; }

    /// <summary>What to ask it about.</summary>
    public ReadOnlyMemory<byte> Salt { get; }

    /// <summary>A salt that was never used.</summary>
    public static byte[] GenerateSalt() => RandomNumberGenerator.GetBytes(SaltLength);

    /// <summary>Encrypts.</summary>
    /// <param name="content">The caller zeroes it.</param>
    /// <param name="given">What the passkey made of the salt; stays the caller's.</param>
    /// <param name="salt">32 bytes.</param>
    public static PasskeyFile Seal(ReadOnlySpan<byte> content, PasskeyAnswer.Given given, ReadOnlyMemory<byte> salt)
    {
        using var key = KeyOf(given.Output, salt.Span);
        return new PasskeyFile(given.Credential, salt, SealedKeyFile.Seal(content, key));
    }

    /// <summary>Whatever it accepts, <see cref="Encode"/> gives back.</summary>
    /// <returns>Null unless it is one.</returns>
    public static PasskeyFile? Parse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(4);
        reader.Require(reader.ReadByte() == Version);
        var file = new PasskeyFile(reader.ReadBytes(1, LongestCredential), reader.ReadBytes(SaltLength), reader.ReadBytes(1, LongestSealed));
        reader.ReadEndArray();
        return file;
    });

    /// <summary>What stands in the store.</summary>
    public byte[] Encode() => new DeterministicCborWriter(512).WriteArray(4).WriteUInt(Version).WriteBytes(Credential.Span).WriteBytes(Salt.Span).WriteBytes(_sealed.Span).ToArray();

    /// <summary>Decrypts.</summary>
    /// <param name="output">What the passkey made of the salt; stays the caller's.</param>
    /// <returns>The content, which the caller zeroes. Null for another passkey's output, or a file that was changed.</returns>
    public byte[]? Open(SymmetricKey output)
    {
        using var key = KeyOf(output, Salt.Span);
        return SealedKeyFile.Open(_sealed, key);
    }

    private static SymmetricKey KeyOf(SymmetricKey output, ReadOnlySpan<byte> salt) => output.Derive(Label, salt);
}
