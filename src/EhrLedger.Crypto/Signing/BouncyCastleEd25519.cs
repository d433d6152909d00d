using System.Security.Cryptography;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace EhrLedger.Crypto.Signing;

/// <summary>Ed25519 of BouncyCastle, which also runs in the browser.</summary>
internal sealed class BouncyCastleEd25519 : IEd25519Engine
{
    public static readonly BouncyCastleEd25519 Instance = new();

    public IEd25519Signer Prepare(ReadOnlySpan<byte> seed) => new Signer(seed);

    /// <remarks>
    /// BouncyCastle checks [v·S]B = [v]R + [v·k]A for a short v that it derives from k. Where R has a component of small order, that
    /// component vanishes whenever v happens to be a multiple of its order: a signer could grind out signatures that pass here and fail
    /// in libsodium, and so make two nodes disagree about an entry. With R of prime order the equation is the one of RFC 8032.
    /// </remarks>
    public bool Verifies(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        signature.Length == Ed25519.SignatureSize
        && Ed25519.Verify(signature, publicKey, message)
        && Ed25519.ValidatePublicKeyFull(signature[..Ed25519.PublicKeySize]);

    private sealed class Signer : IEd25519Signer
    {
        private readonly byte[] _seed = GC.AllocateUninitializedArray<byte>(Ed25519.SecretKeySize, pinned: true);

        // Signing hashes the public key; to compute it again for each signature would double the cost.
        private readonly byte[] _publicKey = new byte[Ed25519.PublicKeySize];

        public Signer(ReadOnlySpan<byte> seed)
        {
            seed.CopyTo(_seed);
            Ed25519.GeneratePublicKey(_seed, _publicKey);
        }

        public void CopyPublicKeyTo(Span<byte> publicKey) => _publicKey.CopyTo(publicKey);

        public void Sign(ReadOnlySpan<byte> message, Span<byte> signature) => Ed25519.Sign(_seed, _publicKey.AsSpan(), message, signature);

        public void Dispose() => CryptographicOperations.ZeroMemory(_seed);
    }
}
