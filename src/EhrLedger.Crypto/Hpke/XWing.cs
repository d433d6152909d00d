using Org.BouncyCastle.Crypto.Digests;

namespace EhrLedger.Crypto.Hpke;

/// <summary>What X-Wing adds to its two halves: the combiner, and the expansion of a seed.</summary>
/// <remarks>Source: draft-connolly-cfrg-xwing-kem §5.</remarks>
internal static class XWing
{
    public const ushort KemId = 0x647a;
    public const int SharedSecretLength = 32;

    /// <summary>The label of the combiner, which draws an X-wing: <c>\./</c> over <c>/^\</c>.</summary>
    private static ReadOnlySpan<byte> Label => [0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c];

    /// <summary>SHA3-256(ss_M || ss_X || ct_X || pk_X || label).</summary>
    public static void Combine(
        ReadOnlySpan<byte> mlKemSecret, ReadOnlySpan<byte> x25519Secret, ReadOnlySpan<byte> x25519Ciphertext, ReadOnlySpan<byte> x25519PublicKey, Span<byte> sharedSecret)
    {
        var sha3 = new Sha3Digest(256);
        sha3.BlockUpdate(mlKemSecret);
        sha3.BlockUpdate(x25519Secret);
        sha3.BlockUpdate(x25519Ciphertext);
        sha3.BlockUpdate(x25519PublicKey);
        sha3.BlockUpdate(Label);
        sha3.DoFinal(sharedSecret);
    }

    /// <summary>SHAKE256(seed, 96): the ML-KEM seed (64 bytes), then the X25519 private key (32).</summary>
    public static void Expand(ReadOnlySpan<byte> seed, Span<byte> expanded)
    {
        var shake = new ShakeDigest(256);
        shake.BlockUpdate(seed);
        shake.OutputFinal(expanded);
    }
}
