using System.Runtime.InteropServices;
using EhrLedger.Crypto.Signing;
using NSec.Cryptography;

namespace EhrLedger.Node.Engines;

/// <summary>Ed25519 of libsodium: docs/decisions/0004-native-ed25519.md says what it gains.</summary>
internal sealed class NSecEd25519Engine : IEd25519Engine
{
    private static readonly Ed25519 Algorithm = SignatureAlgorithm.Ed25519;

    /// <inheritdoc/>
    public IEd25519Signer Prepare(ReadOnlySpan<byte> seed) => new Signer(Key.Import(Algorithm, seed, KeyBlobFormat.RawPrivateKey));

    /// <inheritdoc/>
    /// <remarks>
    /// libsodium multiplies by the cofactor since 1.0.19, and so accepts what RFC 8032 leaves open: a commitment R with a component of small order. With R of prime order, which is checked
    /// first, both equations say the same.
    /// </remarks>
    public bool Verifies(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        signature.Length == Algorithm.SignatureSize
        && PublicKey.TryImport(Algorithm, publicKey, KeyBlobFormat.RawPublicKey, out var key)
        && key is not null
        && Algorithm.Verify(key, message, signature)
        && IsValidPoint(in signature[0]) == 1;

    /// <summary>1 if the 32 bytes are the canonical encoding of a point of the prime-order subgroup other than the neutral element.</summary>
    [DllImport("libsodium", EntryPoint = "crypto_core_ed25519_is_valid_point", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int IsValidPoint(ref readonly byte point);

    private sealed class Signer(Key key) : IEd25519Signer
    {
        public void CopyPublicKeyTo(Span<byte> publicKey)
        {
            if (!key.PublicKey.TryExport(KeyBlobFormat.RawPublicKey, publicKey, out _))
            {
                throw new ArgumentException("An Ed25519 public key has 32 bytes.", nameof(publicKey));
            }
        }

        public void Sign(ReadOnlySpan<byte> message, Span<byte> signature) => Algorithm.Sign(key, message, signature);

        public void Dispose() => key.Dispose();
    }
}
