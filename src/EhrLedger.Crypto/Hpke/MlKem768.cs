using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Kems;
using Org.BouncyCastle.Crypto.Parameters;

namespace EhrLedger.Crypto.Hpke;

/// <summary>ML-KEM-768 (FIPS 203) of BouncyCastle, with spans and without exceptions for hostile input.</summary>
internal static class MlKem768
{
    public const int SeedLength = 64;
    public const int PublicKeyLength = 1184;
    public const int CiphertextLength = 1088;
    public const int EncapsulationSeedLength = 32;

    /// <summary>Reads an encapsulation key and checks it as FIPS 203 §7.2 asks: its length, and each coefficient below q.</summary>
    public static MLKemPublicKeyParameters? TryParsePublicKey(ReadOnlySpan<byte> publicKey)
    {
        if (publicKey.Length != PublicKeyLength)
        {
            return null;
        }

        try
        {
            return MLKemPublicKeyParameters.FromEncoding(MLKemParameters.ml_kem_768, publicKey.ToArray());
        }
        catch (ArgumentException)
        {
            // The library has no other way to say that the modulus check failed.
            return null;
        }
    }

    /// <param name="seed">d || z, 64 bytes.</param>
    public static MLKemPrivateKeyParameters FromSeed(byte[] seed) => MLKemPrivateKeyParameters.FromSeed(MLKemParameters.ml_kem_768, seed);

    public static void Encapsulate(MLKemPublicKeyParameters key, ReadOnlySpan<byte> seed, Span<byte> ciphertext, Span<byte> sharedSecret)
    {
        var encapsulator = new MLKemEncapsulator(MLKemParameters.ml_kem_768);
        var given = seed.ToArray();
        encapsulator.Init(new ParametersWithRandom(key, new GivenRandom(given)));
        encapsulator.Encapsulate(ciphertext, sharedSecret);
        CryptographicOperations.ZeroMemory(given);
    }

    /// <returns>False for another length only (FIPS 203 §7.3): a changed ciphertext gives another secret.</returns>
    public static bool TryDecapsulate(MLKemPrivateKeyParameters key, ReadOnlySpan<byte> ciphertext, Span<byte> sharedSecret)
    {
        if (ciphertext.Length != CiphertextLength)
        {
            return false;
        }

        var decapsulator = new MLKemDecapsulator(MLKemParameters.ml_kem_768);
        decapsulator.Init(key);
        decapsulator.Decapsulate(ciphertext, sharedSecret);
        return true;
    }
}
