using System.Security.Cryptography;
using EhrLedger.Crypto.Hpke;

namespace EhrLedger.Crypto.Oblivious;

/// <summary>One request of Oblivious HTTP as its gateway holds it: opened, with the means to seal the one answer. Not thread-safe.</summary>
/// <remarks>Source: RFC 9458 §4.3 and §4.4. Nothing says who asked, and nothing keeps a relay from sending the same once more: what a request does must be authorised, and bear repetition, by itself.</remarks>
public sealed class ObliviousExchange : IDisposable
{
    private readonly HpkeReceiver _context;
    private readonly HpkeAead _aead;
    private readonly byte[] _encapsulation;

    private ObliviousExchange(HpkeReceiver context, HpkeAead aead, byte[] encapsulation, byte[] request)
    {
        _context = context;
        _aead = aead;
        _encapsulation = encapsulation;
        Request = request;
    }

    /// <summary>In the binary form of RFC 9292; untrusted.</summary>
    public ReadOnlyMemory<byte> Request { get; }

    /// <summary>Opens a request.</summary>
    /// <param name="key">The organisation's sealing key.</param>
    /// <param name="message">From a relay; untrusted.</param>
    /// <returns>Null if it was sealed to another key, with other algorithms, or not at all. Never throws on hostile input.</returns>
    public static ObliviousExchange? Open(XWingPrivateKey key, ReadOnlySpan<byte> message)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Open(key, HpkeAead.Aes256Gcm, XWingPublicKey.EncapsulationLength, message);
    }

    internal static ObliviousExchange? Open(IDecapsulationKey key, HpkeAead aead, int encapsulationLength, ReadOnlySpan<byte> message)
    {
        var header = ObliviousFormat.Header(ObliviousRequest.KeyId, key.KemId, aead);
        if (message.Length < header.Length + encapsulationLength || !message.StartsWith(header))
        {
            return null;
        }

        var encapsulation = message.Slice(header.Length, encapsulationLength);
        var context = HpkeReceiver.TrySetUp(key, aead, encapsulation, ObliviousFormat.Info(header));
        if (context?.Open([], message[(header.Length + encapsulationLength)..]) is { } request)
        {
            return new ObliviousExchange(context, aead, encapsulation.ToArray(), request);
        }

        context?.Dispose();
        return null;
    }

    /// <summary>Seals the answer.</summary>
    /// <param name="answer">In the binary form of RFC 9292.</param>
    /// <returns>Nonce (32 bytes) || ciphertext || tag (16).</returns>
    /// <exception cref="ObjectDisposedException">Already disposed of.</exception>
    public byte[] SealAnswer(ReadOnlySpan<byte> answer) => SealAnswer(RandomNumberGenerator.GetBytes(ObliviousFormat.NonceLength(_aead)), answer);

    internal byte[] SealAnswer(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> answer) => ObliviousFormat.SealAnswer(_context, _aead, _encapsulation, nonce, answer);

    /// <summary>Overwrites the keys with zeros.</summary>
    public void Dispose() => _context.Dispose();
}
