using EhrLedger.Consent;
using EhrLedger.Consent.Recovery;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Sharing;
using EhrLedger.Crypto.WalletKeys;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Recovery;

/// <summary>What is split, and to whom: two of three guardians and two of three custodians.</summary>
public sealed class RecoveryPlanTests
{
    private readonly WalletSeed _seed = WalletSeed.FromBytes(new Dice(51).Bytes(32));

    [OneTimeTearDown]
    public void Forget() => _seed.Dispose();

    [Test]
    public void Gives_the_seed_back_to_any_two_guardians_with_any_two_custodians()
    {
        using var made = Make();
        foreach (var guardian in new[] { 0, 1, 2 })
        {
            foreach (var custodian in new[] { 0, 1, 2 })
            {
                using var seed = made.Plan.Open([.. made.Guardians.Where((_, i) => i != guardian)], [.. made.Custodians.Where((_, i) => i != custodian)]);
                Assert.That(seed!.HoldsSameSecretAs(_seed));
            }
        }
    }

    [Test]
    public void Gives_nothing_for_fewer_of_either()
    {
        using var made = Make();
        Assert.That(made.Plan.Open([made.Guardians[0]], made.Custodians), Is.Null);
        Assert.That(made.Plan.Open(made.Guardians, [made.Custodians[0]]), Is.Null);
        Assert.That(made.Plan.Open(made.Guardians, []), Is.Null, "guardians alone have nothing");
        Assert.That(made.Plan.Open([], made.Custodians), Is.Null);
        Assert.That(made.Plan.Open([made.Guardians[0], made.Guardians[0]], made.Custodians), Is.Null);
    }

    [Test]
    public void Is_the_same_each_time_and_another_with_each_number()
    {
        using var first = Make();
        using var again = Make();
        using var next = Make(2);
        Assert.That(again.Plan.Digest, Is.EqualTo(first.Plan.Digest));
        Assert.That(next.Plan.Digest, Is.Not.EqualTo(first.Plan.Digest));
        Assert.That(next.Plan.Open(first.Guardians, next.Custodians), Is.Null, "what guardians gave away under one set-up opens none after it");
        Assert.That(next.Plan.Open(next.Guardians, first.Custodians), Is.Null);
    }

    [Test]
    public void Knows_its_own_shares_at_their_own_numbers_only()
    {
        using var made = Make();
        using var next = Make(2);
        Assert.That(made.Guardians.All(made.Plan.HoldsOfGuardian) && made.Custodians.All(made.Plan.HoldsOfCustodian));
        Assert.That(next.Guardians.Any(made.Plan.HoldsOfGuardian) || next.Custodians.Any(made.Plan.HoldsOfCustodian) || made.Guardians.Any(made.Plan.HoldsOfCustodian), Is.False);
        var bytes = new byte[32];
        made.Guardians[0].ExportTo(bytes);
        using var moved = Share.TryFromBytes(2, bytes)!;
        using var beyond = Share.TryFromBytes(4, bytes)!;
        Assert.That(made.Plan.HoldsOfGuardian(moved) || made.Plan.HoldsOfGuardian(beyond), Is.False);
    }

    [Test]
    public void Opens_no_seed_of_another_wallet()
    {
        using var made = Make();
        using var other = WalletSeed.Generate();
        using var key = other.DeriveRecoveryKey();
        var moved = made.Plan with { Recovery = new RecoveryId(key.Public) };
        Assert.That(moved.Open(made.Guardians, made.Custodians), Is.Null);
    }

    [Test]
    public void Opens_no_share_that_was_sealed_for_something_else()
    {
        using var made = Make();
        using var key = new Dice(7).SealingKey();
        using var other = new Dice(8).SealingKey();
        var message = RecoveryShare.Seal(made.Custodians[0], key.Public, SealedFor.RecoveryShare, made.Plan.Digest);
        using var opened = RecoveryShare.Open(message, key, SealedFor.RecoveryShare, made.Plan.Digest);
        Assert.That(made.Plan.HoldsOfCustodian(opened!));
        Assert.That(message, Has.Length.EqualTo(RecoveryShare.SealedLength));
        Assert.That(RecoveryShare.Open(message, key, SealedFor.GuardianShare, made.Plan.Digest), Is.Null);
        Assert.That(RecoveryShare.Open(message, key, SealedFor.RecoveryShare, Digest.Of("another"u8)), Is.Null);
        Assert.That(RecoveryShare.Open(message, other, SealedFor.RecoveryShare, made.Plan.Digest), Is.Null);
    }

    [Test]
    public void Guardians_keys_of_two_wallets_have_nothing_in_common()
    {
        using var one = new Dice(1).SigningKey();
        using var two = new Dice(2).SigningKey();
        using var first = _seed.DeriveGuardianKey(one.Public);
        using var second = _seed.DeriveGuardianKey(two.Public);
        using var sealing = _seed.DeriveGuardianSealingKey(one.Public);
        using var otherSealing = _seed.DeriveGuardianSealingKey(two.Public);
        Assert.That(first.Public, Is.Not.EqualTo(second.Public));
        Assert.That(sealing.Public.Digest, Is.Not.EqualTo(otherSealing.Public.Digest));
    }

    [Test]
    public void What_people_hand_each_other_reads_back_with_line_breaks_in_it()
    {
        using var key = new Dice(1).SigningKey();
        using var answer = new Dice(2).SealingKey();
        var ask = new RecoveryAsk(Digest.Of("genesis"u8), key.Public, answer.Public, "Anna, with a new phone");
        var text = string.Join("\n", ask.ToText().Chunk(70).Select(line => new string(line)));
        Assert.That(RecoveryAsk.TryParse(text)!.Encode(), Is.EqualTo(ask.Encode()));
        Assert.That(ask.Code, Does.Match("^[0-9]{4} [0-9]{4}$"));
        Assert.That(RecoveryApproval.TryParse(text), Is.Null);
        Assert.That(RecoveryAsk.TryParse(text[..^3]), Is.Null);
        Assert.That(RecoveryAsk.TryParse(null), Is.Null);
    }

    private RecoveryShares Make(uint number = 1) => RecoveryPlan.Make(_seed, number, 2, 3, Consortium.Custodians);
}
