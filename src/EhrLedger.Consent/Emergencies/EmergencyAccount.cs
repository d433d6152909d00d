using EhrLedger.Consent.Grants;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sealing;

namespace EhrLedger.Consent.Emergencies;

/// <summary>What a declaration tells the patient, and nobody else: docs/formats.md, emergency-account. It is sealed to the policy's emergency key, which the wallet can derive.</summary>
/// <param name="Note">What happened, in the organisation's words; at most 500 bytes.</param>
/// <param name="Requesters">The two people, as the organisation's system names them.</param>
public sealed record EmergencyAccount(string Note, IReadOnlyList<EmergencyPerson> Requesters)
{
    /// <summary>Most bytes when sealed.</summary>
    public const int LargestSize = 4_096;

    /// <summary>Seals the account.</summary>
    /// <param name="policy">Under which the emergency is declared.</param>
    /// <param name="grant">The emergency's.</param>
    /// <exception cref="ArgumentException">A text is too long, or there are not two requesters.</exception>
    public byte[] Seal(EmergencyPolicy policy, GrantId grant)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var bytes = Encode();
        return TryParse(bytes) is not null
            ? HpkeMessage.Seal(policy.Key, SealedFor.EmergencyAccount, grant.ToArray(), Padme.Pad(bytes))
            : throw new ArgumentException("An account has a note of at most 500 bytes and two people, with 200 bytes for a name and 100 for a role.", nameof(grant));
    }

    /// <summary>Null unless it was sealed so for this emergency.</summary>
    public static EmergencyAccount? Open(XWingPrivateKey key, GrantId grant, ReadOnlySpan<byte> message) =>
        HpkeMessage.Open(key, SealedFor.EmergencyAccount, grant.ToArray(), message) is { } padded && Padme.TryUnpad(padded, out var bytes) ? TryParse(bytes.ToArray()) : null;

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(512)
        .WriteArray(2)
        .WriteText(Note)
        .WriteAll(Requesters, (writer, person) => writer.WriteArray(2).WriteText(person.Name).WriteText(person.Role))
        .ToArray();

    /// <summary>Null unless the bytes are an account in its only encoding.</summary>
    public static EmergencyAccount? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var account = new EmergencyAccount(reader.ReadText(500), reader.ReadArray(2, 2, item =>
        {
            item.ReadStartArray(2);
            var person = new EmergencyPerson(item.ReadText(200), item.ReadText(100));
            item.ReadEndArray();
            return person;
        }));
        reader.ReadEndArray();
        return account;
    });

    /// <summary>Names nobody.</summary>
    public override string ToString() => "EmergencyAccount(redacted)";
}

/// <summary>Who asks, as the organisation's system has it.</summary>
/// <param name="Name">At most 200 bytes.</param>
/// <param name="Role">At most 100 bytes.</param>
public sealed record EmergencyPerson(string Name, string Role)
{
    /// <summary>Names nobody.</summary>
    public override string ToString() => "EmergencyPerson(redacted)";
}
