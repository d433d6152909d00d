using EhrLedger.Crypto.Hpke;

namespace EhrLedger.Crypto.Oblivious;

/// <summary>One request of Oblivious HTTP as its client holds it: sealed to a gateway, with the means to open the one answer. Not thread-safe.</summary>
/// <remarks>Source: RFC 9458 §4.3, with X-Wing (0x647a), HKDF-SHA256 and AES-256-GCM, and key id 1.</remarks>
public sealed class ObliviousRequest : IDisposable
{
    /// <summary>The id of an organisation's sealing key; it has one, which the ledger names.</summary>
    internal const byte KeyId = 1;

    private readonly HpkeSender _context;
    private readonly HpkeAead _aead;
    private readonly byte[] _message;

    private ObliviousRequest(HpkeSender context, HpkeAead aead, byte[] message)
    {
        _context = context;
        _aead = aead;
        _message = message;
    }

    /// <summary>Header (7 bytes) || encapsulation (1,120) || ciphertext || tag (16): the body that a relay passes on.</summary>
    public ReadOnlyMemory<byte> Message => _message;

    /// <summary>Seals a request.</summary>
    /// <param name="gateway">The sealing key of who shall answer.</param>
    /// <param name="request">A message in the binary form of RFC 9292.</param>
    public static ObliviousRequest Seal(XWingPublicKey gateway, ReadOnlySpan<byte> request)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        return Seal(gateway, HpkeAead.Aes256Gcm, request, null) ?? throw new InvalidOperationException("X-Wing encapsulates to every valid key.");
    }

    internal static ObliviousRequest? Seal(IEncapsulationKey gateway, HpkeAead aead, ReadOnlySpan<byte> request, byte[]? seed)
    {
        var header = ObliviousFormat.Header(KeyId, gateway.KemId, aead);
        return HpkeSender.TrySetUp(gateway, aead, ObliviousFormat.Info(header), null, seed) is { } context
            ? new ObliviousRequest(context, aead, [.. header, .. context.Encapsulation, .. context.Seal([], request)])
            : null;
    }

    /// <summary>Opens the answer.</summary>
    /// <param name="answer">From the relay; untrusted.</param>
    /// <returns>Null unless the gateway sealed it for this request.</returns>
    /// <exception cref="ObjectDisposedException">Already disposed of.</exception>
    public byte[]? OpenAnswer(ReadOnlySpan<byte> answer) => ObliviousFormat.OpenAnswer(_context, _aead, _context.Encapsulation, answer);

    /// <summary>Overwrites the keys with zeros.</summary>
    public void Dispose() => _context.Dispose();
}
