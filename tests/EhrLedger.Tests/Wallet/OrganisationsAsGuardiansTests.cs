using EhrLedger.Consent.Records;
using EhrLedger.Consent.Recovery;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Crypto.WalletKeys;
using EhrLedger.Ledger.Membership;
using EhrLedger.Tests.Consent;
using EhrLedger.Wallet.Guardians;
using NUnit.Framework;

namespace EhrLedger.Tests.Wallet;

/// <summary>Organisations may be custodians too: however many of them guard, and though all of them and all custodians do it together, they do not open the seed.</summary>
public sealed class OrganisationsAsGuardiansTests
{
    private static readonly XWingPrivateKey Sealing = XWingPrivateKey.Generate();

    [OneTimeTearDown]
    public void Forget() => Sealing.Dispose();

    [TestCase(0, 2)]
    [TestCase(1, 2)]
    [TestCase(2, 3)]
    [TestCase(15, 16)]
    public void One_more_has_to_approve_than_there_are_organisations(int organisations, int fewest) =>
        Assert.That(PatientGuardians.FewestApprovals(Choose(organisations, people: 1)), Is.EqualTo(fewest));

    [Test]
    public void All_organisations_with_all_custodians_open_nothing([Values(1, 2, 3, 7)] int organisations)
    {
        using var seed = WalletSeed.FromBytes(new Dice(7).Bytes(32));
        var guardians = Choose(organisations, people: 2);
        var custodians = new CustodianSet(0, new Dice(8).Several(4, 4, new Dice(9).Organisation), 3);
        using var made = RecoveryPlan.Make(seed, 1, PatientGuardians.FewestApprovals(guardians), guardians.Count, custodians);
        var shares = guardians.Zip(made.Guardians).Where(one => one.First.Organisation is not null).Select(one => one.Second).ToList();
        var person = guardians.Zip(made.Guardians).First(one => one.First.Organisation is null).Second;

        Assert.That(shares, Has.Count.EqualTo(organisations));
        Assert.That(made.Plan.Open(shares, made.Custodians), Is.Null);
        using var opened = made.Plan.Open([.. shares, person], made.Custodians);
        Assert.That(opened!.HoldsSameSecretAs(seed), "with a person they do: custodians who keep to the rules wait, and let the wallet say no");
    }

    private static List<ChosenGuardian> Choose(int organisations, int people) =>
    [
        .. Enumerable.Range(0, organisations + people).Select(i =>
        {
            using var key = Ed25519PrivateKey.Generate();
            return new ChosenGuardian(key.Public, Sealing.Public, "", i < organisations ? new OrganisationId(key.Public) : null);
        }).OrderBy(guardian => guardian.Key),
    ];
}
