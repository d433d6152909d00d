using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Sealing;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Wallet.Storage;

/// <summary>
/// Encrypts what leaves the wallet for the device's store and for the members: docs/formats.md, wallet-sealed. Names of what is stored do not tell the subjects either. Zeroed on Dispose.
/// </summary>
internal sealed class WalletVault : IDisposable
{
    public const string State = "state";
    private const int SaltLength = 16;
    private const int SmallestSize = 16 * 1024;
    private const byte Marker = 0x80;

    private readonly SymmetricKey _directory;
    private readonly SymmetricKey _local;
    private readonly SymmetricKey _names;
    private readonly IWalletStore _store;

    /// <param name="key">The directory encryption key of the key tree; stays the caller's.</param>
    /// <param name="store">The host's.</param>
    public WalletVault(SymmetricKey key, IWalletStore store)
    {
        _directory = key.Derive("directory");
        _local = key.Derive("local");
        _names = key.Derive("names");
        _store = store;
    }

    public async ValueTask<byte[]?> ReadAsync(string name, CancellationToken cancellationToken) =>
        await _store.ReadAsync(name, cancellationToken).ConfigureAwait(false) is { } bytes ? Open(_local, Encoding.UTF8.GetBytes(name), bytes.Span) : null;

    public ValueTask WriteAsync(string name, ReadOnlySpan<byte> plaintext, CancellationToken cancellationToken) =>
        _store.WriteAsync(name, Seal(_local, Encoding.UTF8.GetBytes(name), plaintext), cancellationToken);

    public string NameOf(Topic topic) => "topic-" + _names.Mac(topic.ToArray()).ToString()[..32];

    public string NameOfRecords(Topic topic) => "records-" + _names.Mac([.. topic.ToArray(), 1]).ToString()[..32];

    public byte[] SealDirectory(ulong number, ReadOnlySpan<byte> plaintext) => Seal(_directory, NumberBytes(number), plaintext);

    /// <summary>Null if it is another wallet's, was changed, or has another number.</summary>
    public byte[]? OpenDirectory(ulong number, ReadOnlySpan<byte> sealedBytes) => Open(_directory, NumberBytes(number), sealedBytes);

    public void Dispose()
    {
        _directory.Dispose();
        _local.Dispose();
        _names.Dispose();
    }

    private static byte[] NumberBytes(ulong number)
    {
        var bytes = new byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes, number);
        return bytes;
    }

    private static byte[] Seal(SymmetricKey key, ReadOnlySpan<byte> context, ReadOnlySpan<byte> plaintext)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltLength);
        var padded = Pad(plaintext);
        byte[] result = [.. salt, .. KeyWrap.Seal(key, Digest.Of([.. salt, .. context]), padded)];
        CryptographicOperations.ZeroMemory(padded);
        return result;
    }

    private static byte[]? Open(SymmetricKey key, ReadOnlySpan<byte> context, ReadOnlySpan<byte> sealedBytes)
    {
        if (sealedBytes.Length < SaltLength || KeyWrap.Open(key, Digest.Of([.. sealedBytes[..SaltLength], .. context]), sealedBytes[SaltLength..]) is not { } padded)
        {
            return null;
        }

        var end = padded.AsSpan().LastIndexOfAnyExcept((byte)0);
        var result = end >= 0 && padded[end] == Marker && padded.Length == SizeFor(end + 1) ? padded.AsSpan(0, end).ToArray() : null;
        CryptographicOperations.ZeroMemory(padded);
        return result;
    }

    // Powers of two from 16 KiB on: Padmé would tell how many relationships there are.
    private static byte[] Pad(ReadOnlySpan<byte> plaintext)
    {
        var padded = new byte[SizeFor(plaintext.Length + 1)];
        plaintext.CopyTo(padded);
        padded[plaintext.Length] = Marker;
        return padded;
    }

    private static int SizeFor(int length) => (int)Math.Max(BitOperations.RoundUpToPowerOf2((uint)length), SmallestSize);
}
