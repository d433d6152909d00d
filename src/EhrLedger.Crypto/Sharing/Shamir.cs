using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace EhrLedger.Crypto.Sharing;

/// <summary>Splits a secret so that any t of n shares give it back, and t − 1 say nothing at all about it.</summary>
/// <remarks>
/// Source: A. Shamir, "How to share a secret", CACM 22 (1979), over GF(2^8), byte by byte: a polynomial of degree t − 1 with uniformly
/// random coefficients whose value at 0 is the byte; share number x holds the values at x. For any t − 1 shares and any secret there is
/// exactly one set of polynomials that fits both, so t − 1 holders learn only the length. Shares carry no authentication: each is held
/// to its digest before it is used.
/// </remarks>
public static class Shamir
{
    /// <summary>The most shares that the field has points for.</summary>
    public const int MostShares = 255;

    private const int MostWordsOnStack = 128;

    /// <summary>Splits a secret.</summary>
    /// <param name="secret">At least one byte.</param>
    /// <param name="threshold">t: how many shares give it back; 1 to <paramref name="count"/>.</param>
    /// <param name="count">n: how many shares to make, numbered from 1; at most 255.</param>
    public static Share[] Split(ReadOnlySpan<byte> secret, int threshold, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var encoded = GC.AllocateUninitializedArray<byte>(checked(count * (1 + secret.Length)), pinned: true);
        SplitInto(secret, threshold, count, encoded);
        return Take(encoded, secret.Length, count);
    }

    /// <summary>As <see cref="Split"/>, without an object for each share.</summary>
    /// <param name="secret">At least one byte.</param>
    /// <param name="threshold">t: how many shares give it back; 1 to <paramref name="count"/>.</param>
    /// <param name="count">n: how many shares to make, numbered from 1; at most 255.</param>
    /// <param name="shares">Room for exactly n shares, one after the other, each its number and then as many bytes as the secret has. The caller zeroes it after use.</param>
    public static void SplitInto(ReadOnlySpan<byte> secret, int threshold, int count, Span<byte> shares) => SplitInto(secret, threshold, count, shares, null);

    /// <summary>As <see cref="Split"/>, the same shares each time: coefficients are derived instead of drawn, so that shares can be given out again without being kept.</summary>
    /// <param name="secret">1 to 32 bytes.</param>
    /// <param name="threshold">t: how many shares give it back; 1 to <paramref name="count"/>.</param>
    /// <param name="count">n: how many shares to make, numbered from 1; at most 255.</param>
    /// <param name="coefficients">As secret as the secret, and used for no other one. The coefficients of x^k are the first bytes of HKDF(key, "shamir", k), k as 4 bytes, big-endian.</param>
    public static Share[] SplitDerived(ReadOnlySpan<byte> secret, int threshold, int count, SymmetricKey coefficients)
    {
        ArgumentNullException.ThrowIfNull(coefficients);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(secret.Length, SymmetricKey.KeyLength, nameof(secret));
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var encoded = GC.AllocateUninitializedArray<byte>(checked(count * (1 + secret.Length)), pinned: true);
        SplitInto(secret, threshold, count, encoded, coefficients);
        return Take(encoded, secret.Length, count);
    }

    private static void SplitInto(ReadOnlySpan<byte> secret, int threshold, int count, Span<byte> shares, SymmetricKey? derived)
    {
        ArgumentOutOfRangeException.ThrowIfZero(secret.Length, nameof(secret));
        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threshold, count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MostShares);
        ArgumentOutOfRangeException.ThrowIfNotEqual(shares.Length, checked(count * (1 + secret.Length)));

        // Whole words, eight bytes of the secret in each: row 0 is the secret, row k the coefficients of x^k.
        var words = (secret.Length + 7) / 8;
        var length = checked((threshold + 1) * words);
        var rows = length <= MostWordsOnStack ? stackalloc ulong[length] : new ulong[length];
        var coefficients = rows[..(threshold * words)];
        var value = rows[(threshold * words)..];
        var bytes = MemoryMarshal.AsBytes(coefficients);
        RandomNumberGenerator.Fill(bytes[(words * 8)..]);
        Span<byte> coefficient = stackalloc byte[SymmetricKey.KeyLength];
        Span<byte> context = stackalloc byte[sizeof(uint)];
        for (var row = 1; derived is not null && row < threshold; row++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(context, (uint)row);
            derived.DeriveInto("shamir", context, coefficient);
            coefficient[..secret.Length].CopyTo(bytes[(row * words * 8)..]);
        }

        CryptographicOperations.ZeroMemory(coefficient);
        secret.CopyTo(bytes);
        for (var number = 1; number <= count; number++)
        {
            // Horner's rule from the highest coefficient down.
            coefficients[((threshold - 1) * words)..].CopyTo(value);
            for (var row = threshold - 2; row >= 0; row--)
            {
                for (var i = 0; i < words; i++)
                {
                    value[i] = Gf256.Multiply(value[i], (byte)number) ^ coefficients[(row * words) + i];
                }
            }

            var share = shares.Slice((number - 1) * (1 + secret.Length), 1 + secret.Length);
            share[0] = (byte)number;
            MemoryMarshal.AsBytes(value)[..secret.Length].CopyTo(share[1..]);
        }

        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(rows));
    }

    private static Share[] Take(byte[] encoded, int length, int count)
    {
        var shares = new Share[count];
        for (var place = 0; place < count; place++)
        {
            var share = encoded.AsSpan(place * (1 + length), 1 + length);
            shares[place] = new Share(share[0], share[1..]);
        }

        CryptographicOperations.ZeroMemory(encoded);
        return shares;
    }

    /// <summary>Joins shares by Lagrange interpolation at 0.</summary>
    /// <param name="shares">Exactly as many as the threshold, or more. With fewer, or with a false one among them, something else comes out.</param>
    /// <returns>Null for no shares, a number twice, or shares of unequal length. The caller zeroes the secret after use.</returns>
    public static byte[]? Join(IReadOnlyList<Share> shares)
    {
        ArgumentNullException.ThrowIfNull(shares);
        if (shares.Count == 0 || shares.Any(s => s.Length != shares[0].Length) || shares.DistinctBy(s => s.Number).Count() != shares.Count)
        {
            return null;
        }

        var secret = new byte[shares[0].Length];
        foreach (var share in shares)
        {
            // The weight of a share: the product of x_j / (x_j − x_i) over the others; minus is XOR. Numbers are public.
            byte weight = 1;
            foreach (var other in shares)
            {
                if (other.Number != share.Number)
                {
                    weight = Gf256.Multiply(weight, Gf256.Multiply(other.Number, Gf256.Invert((byte)(other.Number ^ share.Number))));
                }
            }

            var value = share.Secret;
            for (var i = 0; i < secret.Length; i++)
            {
                secret[i] ^= Gf256.Multiply(value[i], weight);
            }
        }

        return secret;
    }
}
