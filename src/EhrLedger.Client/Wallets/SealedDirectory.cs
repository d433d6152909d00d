using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Cose;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Client.Wallets;

/// <summary>A wallet's directory as members keep it: docs/http.md, directory. They see a number, a size and a key that stands nowhere else.</summary>
/// <param name="Number">Counts up; members keep the highest.</param>
/// <param name="Sealed">What only the wallet opens; at most 1 MiB.</param>
public sealed record SealedDirectory(ulong Number, ReadOnlyMemory<byte> Sealed)
{
    /// <summary>Most bytes of the sealed part.</summary>
    public const int LargestSize = 1 << 20;

    /// <summary>Signs the directory.</summary>
    /// <param name="key">The wallet's directory key, whose public half is the directory's name.</param>
    /// <param name="genesis">Digest of the genesis.</param>
    public byte[] Sign(Ed25519PrivateKey key, Digest genesis) =>
        CoseSign1.Sign(SignedAs.WalletDirectory, new DeterministicCborWriter(Sealed.Length + 32).WriteArray(2).WriteUInt(Number).WriteBytes(Sealed.Span).ToArray(), key, genesis);

    /// <summary>Null unless the bytes are a directory, signed by the key that names it, for this consortium.</summary>
    public static SealedDirectory? Open(ReadOnlyMemory<byte> signedBytes, Ed25519PublicKey key, Digest genesis) =>
        CoseSign1.TryParse(signedBytes) is { } message && message.Verifies(key, SignedAs.WalletDirectory, genesis)
            ? CborReading.TryRead(message.Payload, reader =>
            {
                reader.ReadStartArray(2);
                var directory = new SealedDirectory(reader.ReadUInt(long.MaxValue), reader.ReadBytes(0, LargestSize));
                reader.ReadEndArray();
                return directory;
            })
            : null;
}
