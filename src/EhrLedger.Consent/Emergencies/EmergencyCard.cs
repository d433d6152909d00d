using System.Numerics;
using System.Security.Cryptography;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Sealing;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Consent.Emergencies;

/// <summary>
/// What a patient carries for emergencies, on paper or on the lock screen: 32 secret bytes, from which come the name under which the members keep a sealed list of subjects, and the key of that list. Whoever has the card finds the subjects, and
/// so can tell that they are one person's; it opens no record. Zeroed on Dispose.
/// </summary>
public sealed class EmergencyCard : IDisposable
{
    /// <summary>How the text of a card begins. Capitals and digits only: so a QR code has room for it at its smallest.</summary>
    public const string Prefix = "EHRLEDGER:EMERGENCY:1:";

    private const int SumLength = 4;
    private const int SmallestSize = 4_096;
    private const int MostSubjects = 8_192;
    private const byte Marker = 0x80;

    private readonly SymmetricKey _secret;
    private readonly SymmetricKey _encryption;

    /// <param name="secret">32 bytes; taken over.</param>
    public EmergencyCard(SymmetricKey secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        _secret = secret;
        _encryption = secret.Derive("emergency/card/encryption");
        Span<byte> seed = stackalloc byte[Ed25519PrivateKey.SeedLength];
        using (var identity = secret.Derive("emergency/card/identity"))
        {
            identity.ExportTo(seed);
        }

        Identity = Ed25519PrivateKey.FromSeed(seed);
        CryptographicOperations.ZeroMemory(seed);
    }

    /// <summary>Names the list at the members, and signs it. Stays this object's.</summary>
    public Ed25519PrivateKey Identity { get; }

    /// <summary>The text for the QR code, and to be typed: the prefix, and 36 bytes as capital hexadecimal, the last four a checksum.</summary>
    public string ToText()
    {
        Span<byte> bytes = stackalloc byte[SymmetricKey.KeyLength + SumLength];
        _secret.ExportTo(bytes);
        SumOf(bytes[..SymmetricKey.KeyLength], bytes[SymmetricKey.KeyLength..]);
        var text = Prefix + Convert.ToHexString(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return text;
    }

    /// <summary>Null unless the text is a card's. Blanks are left out, and small letters count as capitals.</summary>
    public static EmergencyCard? TryParse(string? text)
    {
        var plain = string.Concat((text ?? "").Where(c => !char.IsWhiteSpace(c))).ToUpperInvariant();
        if (!plain.StartsWith(Prefix, StringComparison.Ordinal)
            || plain.Length != Prefix.Length + (2 * (SymmetricKey.KeyLength + SumLength))
            || !plain.Skip(Prefix.Length).All(char.IsAsciiHexDigitUpper))
        {
            return null;
        }

        var bytes = Convert.FromHexString(plain.AsSpan(Prefix.Length));
        Span<byte> sum = stackalloc byte[SumLength];
        SumOf(bytes.AsSpan(0, SymmetricKey.KeyLength), sum);
        var card = sum.SequenceEqual(bytes.AsSpan(SymmetricKey.KeyLength)) ? new EmergencyCard(SymmetricKey.FromBytes(bytes.AsSpan(0, SymmetricKey.KeyLength))) : null;
        CryptographicOperations.ZeroMemory(bytes);
        return card;
    }

    /// <summary>Seals the list: docs/formats.md, emergency-list. Its size tells only to a power of two how many subjects there are.</summary>
    /// <param name="subjects">With an emergency policy in force; at most 8,192.</param>
    public byte[] Seal(IReadOnlyCollection<SubjectId> subjects)
    {
        ArgumentNullException.ThrowIfNull(subjects);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(subjects.Count, MostSubjects);
        var list = new DeterministicCborWriter(64 + (subjects.Count * 34))
            .WriteArray(2)
            .WriteUInt(1)
            .WriteAll([.. subjects.Select(subject => subject.Key).Distinct().Order()], (items, key) => items.WriteKey(key))
            .ToArray();
        var padded = new byte[SizeFor(list.Length + 1)];
        list.CopyTo(padded, 0);
        padded[list.Length] = Marker;
        var salt = RandomNumberGenerator.GetBytes(16);
        return [.. salt, .. KeyWrap.Seal(_encryption, Digest.Of(salt), padded)];
    }

    /// <summary>Null if the list is another card's, or was changed.</summary>
    public IReadOnlyList<SubjectId>? Open(ReadOnlySpan<byte> sealedList)
    {
        if (sealedList.Length < 16 || KeyWrap.Open(_encryption, Digest.Of(sealedList[..16]), sealedList[16..]) is not { } padded)
        {
            return null;
        }

        var end = padded.AsSpan().LastIndexOfAnyExcept((byte)0);
        return end >= 0 && padded[end] == Marker && padded.Length == SizeFor(end + 1)
            ? CborReading.TryRead(padded.AsMemory(0, end), reader =>
            {
                reader.ReadStartArray(2);
                reader.Require(reader.ReadUInt() == 1);
                var subjects = reader.ReadAscending(0, MostSubjects, item => item.ReadKey());
                reader.ReadEndArray();
                return subjects.Select(key => new SubjectId(key)).ToList();
            })
            : null;
    }

    /// <summary>Overwrites the keys with zeros.</summary>
    public void Dispose()
    {
        _secret.Dispose();
        _encryption.Dispose();
        Identity.Dispose();
    }

    /// <summary>"EmergencyCard(redacted)".</summary>
    public override string ToString() => "EmergencyCard(redacted)";

    private static void SumOf(ReadOnlySpan<byte> secret, Span<byte> sum)
    {
        Span<byte> digest = stackalloc byte[Digest.Length];
        Digest.Of([.. "ehrledger/v1/emergency-card\n"u8, .. secret]).CopyTo(digest);
        digest[..SumLength].CopyTo(sum);
    }

    private static int SizeFor(int length) => (int)Math.Max(BitOperations.RoundUpToPowerOf2((uint)length), SmallestSize);
}
