using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Tests.Consent;

/// <summary>A hospital, a clinic and an insurer, two of whom open a record.</summary>
internal static class Consortium
{
    public static readonly Party Hospital = new("hospital", 1);
    public static readonly Party Clinic = new("clinic", 2);
    public static readonly Party Insurer = new("insurer", 3);
    public static readonly Party Stranger = new("stranger", 4);

    public static readonly Genesis Genesis = Genesis.Create(
        "Three",
        "three.example/log",
        DateTimeOffset.UnixEpoch,
        Hospital.Id,
        "three.example/log+00000000+AQ==",
        [.. new[] { Hospital, Clinic, Insurer }.Select(party => party.Member)],
        "quorum none\n",
        custodyThreshold: 2);

    public static readonly CustodianSet Custodians = CustodianSet.Of(Genesis);

    public static Party PartyOf(OrganisationId id) => new[] { Hospital, Clinic, Insurer }.Single(party => party.Id == id);
}

/// <summary>An organisation with all its keys.</summary>
internal sealed class Party(string name, int seed)
{
    public Ed25519PrivateKey SigningKey { get; } = new Dice(1000 + seed).SigningKey();

    public XWingPrivateKey SealingKey { get; } = new Dice(2000 + seed).SealingKey();

    public SymmetricKey WrapKey { get; } = new Dice(3000 + seed).SymmetricKey();

    public OrganisationId Id => new(SigningKey.Public);

    public Member Member => new(Id, SigningKey.Public, name, name, $"https://{name}.example", SealingKey.Public.ToArray(), null);

    public override string ToString() => name;
}
