using Org.BouncyCastle.Security;

namespace EhrLedger.Crypto.Hpke;

/// <summary>
/// Hands BouncyCastle exactly the bytes given, once. All randomness of an encapsulation is drawn in one place, from the system;
/// with this, a published vector can take that place.
/// </summary>
internal sealed class GivenRandom(byte[] bytes) : SecureRandom(null)
{
    private int _used;

    public override void NextBytes(byte[] buf) => NextBytes(buf.AsSpan());

    public override void NextBytes(byte[] buf, int off, int len) => NextBytes(buf.AsSpan(off, len));

    public override void NextBytes(Span<byte> buffer)
    {
        bytes.AsSpan(_used, buffer.Length).CopyTo(buffer);
        _used += buffer.Length;
    }
}
