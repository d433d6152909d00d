using System.Security.Cryptography;
using System.Text;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Node.Storage.Vault;

namespace EhrLedger.Node.Wallets;

/// <summary>
/// One-time codes that the front desk prints for a patient. A code works once: the first wallet that uses it takes over, and the same wallet may repeat its call
/// (the answer may have been lost), for as long as the code lives.
/// </summary>
internal sealed class TakeOverCodes(VaultStore vault, TimeProvider time)
{
    /// <summary>How long a code lives.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    // No letter or digit that a person could take for another. 15 of them are 74 bits: nobody guesses one in a week.
    private const string Alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

    /// <summary>A new code for a patient, such as <c>K7QPM-3M9DW-XW2TA</c>.</summary>
    public string Make(string patientId)
    {
        var code = string.Join('-', Enumerable.Range(0, 3).Select(_ => RandomNumberGenerator.GetString(Alphabet, 5)));
        Keep(code, new Kept(patientId, time.GetUtcNow() + Lifetime, null, default));
        return code;
    }

    /// <summary>Null for a code that is unknown, expired, or used by another wallet: one answer.</summary>
    /// <param name="code">As typed: case, spaces and hyphens do not matter.</param>
    /// <param name="wallet">Digest that tells one wallet's connection from another's.</param>
    /// <returns>The patient, and the answer given before, if there was one.</returns>
    public (string PatientId, ReadOnlyMemory<byte>? Answered)? Find(string code, Digest wallet) =>
        vault.FindSecret(SecretKind.TakeOverCode, Normalise(code)) is { } bytes
        && Kept.TryParse(bytes) is { } kept
        && kept.Until > time.GetUtcNow()
        && (kept.Wallet is null || kept.Wallet == wallet)
            ? (kept.PatientId, kept.Wallet is null ? (ReadOnlyMemory<byte>?)null : kept.Answer)
            : null;

    /// <summary>The code is used up by this wallet, whose repeated call gets this answer.</summary>
    public void Use(string code, Digest wallet, ReadOnlyMemory<byte> answer)
    {
        if (vault.FindSecret(SecretKind.TakeOverCode, Normalise(code)) is { } bytes && Kept.TryParse(bytes) is { } kept)
        {
            Keep(code, kept with { Wallet = wallet, Answer = answer });
        }
    }

    private void Keep(string code, Kept kept) => vault.KeepSecret(SecretKind.TakeOverCode, Normalise(code), kept.Encode());

    private static string Normalise(string code) => new StringBuilder(code.ToUpperInvariant()).Replace("-", "").Replace(" ", "").ToString();

    private sealed record Kept(string PatientId, DateTimeOffset Until, Digest? Wallet, ReadOnlyMemory<byte> Answer)
    {
        public byte[] Encode()
        {
            var writer = new DeterministicCborWriter(256 + Answer.Length).WriteArray(4).WriteText(PatientId).WriteUInt((ulong)Until.ToUnixTimeMilliseconds());
            return (Wallet is { } wallet ? writer.WriteDigest(wallet) : writer.WriteNull()).WriteBytes(Answer.Span).ToArray();
        }

        public static Kept? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
        {
            reader.ReadStartArray(4);
            var kept = new Kept(
                reader.ReadText(100),
                DateTimeOffset.FromUnixTimeMilliseconds((long)reader.ReadUInt(253_402_300_799_999)),
                reader.TryReadNull() ? null : reader.ReadDigest(),
                reader.ReadBytes(0, 256 << 20));
            reader.ReadEndArray();
            return kept;
        });
    }
}
