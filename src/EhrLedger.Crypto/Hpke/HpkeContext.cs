using System.Buffers.Binary;
using System.Security.Cryptography;
using EhrLedger.Crypto.Aead;

namespace EhrLedger.Crypto.Hpke;

/// <summary>What sender and receiver share after the key schedule of RFC 9180 §5.1. Not thread-safe.</summary>
public abstract class HpkeContext : IDisposable
{
    private const int NonceLength = IAead.NonceLength;
    private const byte BaseMode = 0;
    private const byte PskMode = 1;

    private readonly HpkeLabels _labels;
    private readonly IAead? _cipher;
    private readonly byte[] _key;
    private readonly byte[] _baseNonce;
    private readonly byte[] _exporterSecret = GC.AllocateUninitializedArray<byte>(32, pinned: true);
    private bool _disposed;

    private protected HpkeContext(ushort kemId, HpkeAead aead, ReadOnlySpan<byte> sharedSecret, ReadOnlySpan<byte> info, HpkePsk? psk)
    {
        byte[] suite = [.. "HPKE"u8, (byte)(kemId >> 8), (byte)(kemId & 0xff), 0x00, 0x01, (byte)(aead.Id >> 8), (byte)(aead.Id & 0xff)];
        _labels = new HpkeLabels(suite);
        _cipher = aead.Cipher;
        _key = GC.AllocateUninitializedArray<byte>(aead.KeyLength, pinned: true);
        _baseNonce = new byte[_cipher is null ? 0 : NonceLength];

        Span<byte> context = stackalloc byte[1 + 32 + 32];
        context[0] = psk is null ? BaseMode : PskMode;
        _labels.Extract([], "psk_id_hash"u8, psk?.Id ?? [], context.Slice(1, 32));
        _labels.Extract([], "info_hash"u8, info, context[33..]);
        Span<byte> secret = stackalloc byte[32];
        _labels.Extract(sharedSecret, "secret"u8, psk?.Key ?? [], secret);
        _labels.Expand(secret, "key"u8, context, _key);
        _labels.Expand(secret, "base_nonce"u8, context, _baseNonce);
        _labels.Expand(secret, "exp"u8, context, _exporterSecret);
        CryptographicOperations.ZeroMemory(secret);
    }

    /// <summary>The number of the next message: counts up with each one sealed or opened.</summary>
    internal ulong Sequence { get; set; }

    internal ReadOnlySpan<byte> Key => _key;

    internal ReadOnlySpan<byte> BaseNonce => _baseNonce;

    internal ReadOnlySpan<byte> ExporterSecret => _exporterSecret;

    /// <summary>Derives a secret that both sides get alike (RFC 9180 §5.3).</summary>
    /// <param name="exporterContext">What the secret is for.</param>
    /// <param name="length">In bytes, 0 to 8,160.</param>
    /// <exception cref="ObjectDisposedException">Already disposed of.</exception>
    public byte[] Export(ReadOnlySpan<byte> exporterContext, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, 255 * 32);
        ObjectDisposedException.ThrowIf(_disposed, this);
        var secret = new byte[length];
        _labels.Expand(_exporterSecret, "sec"u8, exporterContext, secret);
        return secret;
    }

    /// <summary>Overwrites the keys with zeros.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_key);
        CryptographicOperations.ZeroMemory(_exporterSecret);
        _disposed = true;
        GC.SuppressFinalize(this);
    }

    private protected byte[] SealNext(ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plaintext)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var result = new byte[plaintext.Length + IAead.TagLength];
        Span<byte> nonce = stackalloc byte[NonceLength];
        WriteNonce(nonce);
        Cipher.Seal(_key, nonce, aad, plaintext, result);
        Sequence++;
        return result;
    }

    private protected byte[]? OpenNext(ReadOnlySpan<byte> aad, ReadOnlySpan<byte> sealedBytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (sealedBytes.Length < IAead.TagLength)
        {
            return null;
        }

        var result = new byte[sealedBytes.Length - IAead.TagLength];
        Span<byte> nonce = stackalloc byte[NonceLength];
        WriteNonce(nonce);
        if (!Cipher.TryOpen(_key, nonce, aad, sealedBytes, result))
        {
            return null;
        }

        Sequence++;
        return result;
    }

    private IAead Cipher => _cipher ?? throw new InvalidOperationException("This context only exports.");

    /// <summary>base_nonce XOR the sequence number, big-endian (RFC 9180 §5.2). That the number cannot wrap is checked arithmetic's doing.</summary>
    private void WriteNonce(Span<byte> nonce)
    {
        _baseNonce.CopyTo(nonce);
        var last = nonce[(NonceLength - sizeof(ulong))..];
        BinaryPrimitives.WriteUInt64BigEndian(last, BinaryPrimitives.ReadUInt64BigEndian(last) ^ Sequence);
    }
}
