using EhrLedger.Client.Transport;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Reads;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sharing;
using EhrLedger.Ledger.Entries;
using EhrLedger.Wallet.Access;
using EhrLedger.Wallet.Findings;
using NUnit.Framework;

namespace EhrLedger.Tests.Wallet;

/// <summary>Emergencies by the wallet alone, with a clock that can be moved; over real nodes: EhrLedger.Node.Tests.</summary>
public sealed class EmergencyTests
{
    private static readonly string[] Clinics = ["clinic"];

    [Test]
    public async Task A_policy_covers_what_has_records_and_every_custodian_can_give_its_share()
    {
        await using var world = await WithRecordAsync();
        Assert.That(await world.Wallet.Emergencies.SetPolicyAsync(Clinics, default), Is.True);
        await world.Consortium.SettleAsync();
        Assert.That(world.State(Category.Medications).Emergencies.Rule!.Kinds, Is.EqualTo(Clinics));
        Assert.That(world.Consortium.Hospital.Replica.FindTopic(world.Subject(Category.Laboratory).Subject.Topic), Is.Null, "a category without a record does not appear");
        Assert.That(Through(world), Is.EqualTo(new uint?[] { 0, 0, 0 }));
        using var keys = Open(world, 0, 2);
        Assert.That(keys!.Epochs.Single().SealingKey.Public.Digest, Is.EqualTo(world.State(Category.Medications).Epochs.Single().SealingKeyDigest));
    }

    [Test]
    public async Task It_is_finished_wherever_the_app_dies([Values] bool nodeHears)
    {
        for (var at = 1; ; at += 2)
        {
            await using var world = await WithRecordAsync(members: 2);
            var route = new DyingRoute(new DirectRoute(world.Consortium.Http), at, nodeHears);
            var wallet = await world.ReopenAsync(route: route);
            try
            {
                await wallet.Emergencies.SetPolicyAsync(Clinics, default);
                Assert.That(at, Is.GreaterThan(20));
                return;
            }
            catch (AppDiedException)
            {
                await world.Consortium.SettleAsync();
            }

            var again = await world.ReopenAsync();
            Assert.That(await again.ResumeAsync(default), Is.True, $"call {at}");
            await world.Consortium.SettleAsync();
            Assert.That((again.Emergencies.Kinds, world.State(Category.Medications).Emergencies.LastNumber), Is.EqualTo((Clinics, 1u)).Using<IReadOnlyList<string>>((a, b) => a.SequenceEqual(b)), $"call {at}");
            Assert.That(Through(world), Is.EqualTo(new uint?[] { 0, 0 }), $"call {at}");
            Assert.That(ListOf(world, again.Emergencies.ToCard()!), Is.EqualTo(new[] { world.Subject(Category.Medications).Subject }), $"call {at}");
            Assert.That(world.Alarms.Raised, Is.Empty, $"call {at}");
        }
    }

    [Test]
    public async Task A_custodian_that_was_away_gets_its_share_later()
    {
        await using var world = await WithRecordAsync();
        world.Consortium.Handler.Down["insurer"] = 0;
        Assert.That(await world.Wallet.Emergencies.SetPolicyAsync(Clinics, default), Is.False);
        Assert.That(Through(world), Is.EqualTo(new uint?[] { 0, 0, null }));
        world.Consortium.Handler.Down.Clear();
        Assert.That(await world.Wallet.ResumeAsync(default), Is.True);
        Assert.That(Through(world), Is.EqualTo(new uint?[] { 0, 0, 0 }));
    }

    [Test]
    public async Task A_category_that_gets_its_first_record_later_is_covered_at_the_next_look()
    {
        await using var world = await WithRecordAsync();
        await world.Wallet.Emergencies.SetPolicyAsync(Clinics, default);
        await world.WriteAsync(Category.Laboratory, WalletWorld.Sodium);
        Assert.That(await world.Wallet.ResumeAsync(default), Is.True);
        await world.Consortium.SettleAsync();
        Assert.That(world.State(Category.Laboratory).Emergencies.Rule, Is.Not.Null);
        Assert.That(ListOf(world, world.Wallet.Emergencies.ToCard()!), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task A_new_epoch_is_left_with_the_custodians_too()
    {
        await using var world = await WithRecordAsync();
        await world.Wallet.Emergencies.SetPolicyAsync(Clinics, default);
        await world.Wallet.RevokeAsync(await world.GrantAsync(), default);
        await world.Consortium.SettleAsync();
        Assert.That((Through(world), world.State(Category.Medications).Emergencies.LastNumber), Is.EqualTo((new uint?[] { 1, 1, 1 }, 1u)).Using<uint?[]>((a, b) => a.SequenceEqual(b)));
    }

    [Test]
    public async Task While_an_emergency_lasts_nothing_changes_and_after_it_epoch_and_emergency_key_do()
    {
        await using var world = await WithRecordAsync();
        await world.Wallet.Emergencies.SetPolicyAsync(Clinics, default);
        await world.Consortium.SettleAsync();
        var before = world.State(Category.Medications).Emergencies.Rule!.Digest;
        var key = Join(world, before, 0, 1);
        await DeclareAsync(world);
        await world.Wallet.ResumeAsync(default);
        await world.Consortium.SettleAsync();
        Assert.That((world.State(Category.Medications).CurrentEpoch, world.State(Category.Medications).Emergencies.LastNumber), Is.EqualTo((0u, 1u)));

        world.Consortium.Clock.Advance(TimeSpan.FromHours(24) + TimeSpan.FromSeconds(1));
        Assert.That(await world.Wallet.ResumeAsync(default), Is.True);
        await world.Consortium.SettleAsync();
        Assert.That((world.State(Category.Medications).CurrentEpoch, world.State(Category.Medications).Emergencies.LastNumber, world.Subject(Category.Medications).Epoch), Is.EqualTo((1u, 2u, 1u)));
        var deposit = world.Consortium.Insurer.FindEmergency(world.Subject(Category.Medications).Subject)!;
        Assert.That((deposit.Through, deposit.Policy.Number), Is.EqualTo((1u, 2u)));
        Assert.That(EmergencyKeys.Open(key, deposit.Policy, deposit.SealedKeys.Span), Is.Null, "the key that was put together opens nothing new");
        key.Dispose();
    }

    [Test]
    public async Task The_log_tells_a_declaration_from_what_was_read_under_it()
    {
        await using var world = await WithRecordAsync();
        await world.Wallet.Emergencies.SetPolicyAsync(Clinics, default);
        await world.Consortium.SettleAsync();
        var (grant, keys) = await DeclareAsync(world);
        using var opened = Open(world, 1, 2)!;
        using var logKey = opened.DeriveLogKey(grant);
        using var wrong = SymmetricKey.Generate();
        await ReadAsync(world, grant, keys, logKey);
        await ReadAsync(world, grant, keys, wrong);
        var log = await world.Wallet.ReadAccessLogAsync(0, default);
        Assert.That(log.Events.Select(seen => (seen.Kind, seen.Readable, seen.Person)), Is.EqualTo(new[]
        {
            (AccessKind.EmergencyDeclared, true, "Dr Li"),
            (AccessKind.EmergencyRead, true, "Dr Li"),
            (AccessKind.EmergencyRead, false, ""),
        }));
        Assert.That(log.Events.All(seen => seen.Organisation == world.Consortium.Clinic.Organisation && seen.OrganisationProven));
        Assert.That(log.Findings.Single().Kind, Is.EqualTo(FindingKind.UnreadableDetails));
    }

    [Test]
    public async Task A_wallet_that_was_found_by_its_subjects_alone_keeps_the_policy_in_step()
    {
        await using var world = await WithRecordAsync();
        await world.Wallet.Emergencies.SetPolicyAsync(Clinics, default);
        await world.Consortium.SettleAsync();
        foreach (var node in world.Consortium.Nodes)
        {
            node.Directories.Clear();
        }

        var again = await world.ReopenAsync(newDevice: true);
        await again.RestoreAsync(default);
        Assert.That(again.Emergencies.Kinds, Is.Null, "no directory tells what the patient wanted");
        await again.RevokeAsync(await world.GrantAsync(), default);
        await world.Consortium.SettleAsync();
        Assert.That(world.State(Category.Medications).Emergencies.Rule!.Kinds, Is.EqualTo(Clinics));
        Assert.That(Through(world), Is.EqualTo(new uint?[] { 1, 1, 1 }));
    }

    [Test]
    public async Task Kinds_that_no_organisation_can_have_are_refused()
    {
        await using var world = await WithRecordAsync();
        Assert.That(() => world.Wallet.Emergencies.SetPolicyAsync(["Hospital"], default), Throws.ArgumentException);
        Assert.That(() => world.Wallet.Emergencies.SetPolicyAsync([""], default), Throws.ArgumentException);
    }

    private static async Task<WalletWorld> WithRecordAsync(int members = 3)
    {
        var world = await WalletWorld.ConnectAsync(members);
        await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        return world;
    }

    private static uint?[] Through(WalletWorld world) => [.. world.Consortium.Nodes.Select(node => node.FindEmergency(world.Subject(Category.Medications).Subject)?.Through)];

    private static IReadOnlyList<SubjectId> ListOf(WalletWorld world, string text)
    {
        using var card = EmergencyCard.TryParse(text)!;
        var kept = world.Consortium.Hospital.Directories[Convert.ToHexStringLower(card.Identity.Public.ToArray())];
        return card.Open(EhrLedger.Client.Wallets.SealedDirectory.Open(kept, card.Identity.Public, world.Consortium.Genesis.Digest)!.Sealed.Span)!;
    }

    private static XWingPrivateKey Join(WalletWorld world, Digest policy, params int[] custodians)
    {
        var shares = custodians.Select(place => (place, Node: world.Consortium.Nodes[place]))
            .Select(one => EmergencyShare.Open(one.Node.Emergencies[policy].SealedShare.Span, one.Node.Emergencies[policy].Policy, one.place, one.Node.SealingKey)!).ToList();
        return XWingPrivateKey.FromSeed(Shamir.Join(shares)!);
    }

    private static EmergencyKeys? Open(WalletWorld world, params int[] custodians)
    {
        var deposit = world.Consortium.Hospital.FindEmergency(world.Subject(Category.Medications).Subject)!;
        using var key = Join(world, deposit.Policy.Digest, custodians);
        return EmergencyKeys.Open(key, deposit.Policy, deposit.SealedKeys.Span);
    }

    private static async Task<(GrantId Grant, ReaderKeys Keys)> DeclareAsync(WalletWorld world)
    {
        var (clinic, subject, grant, keys) = (world.Consortium.Clinic, world.Subject(Category.Medications).Subject, GrantId.Generate(), ReaderKeys.Generate());
        var message = EmergencyAccess.MessageOf(world.Consortium.Genesis.Digest, subject.Topic, grant, clinic.Organisation, EmergencyReason.NoTime);
        var account = new EmergencyAccount("fell", [new EmergencyPerson("Dr Li", "physician"), new EmergencyPerson("Wu", "nurse")]).Seal(clinic.FindEmergency(subject)!.Policy, grant);
        var body = new EmergencyAccess(
            clinic.Organisation,
            grant,
            world.State(Category.Medications).Emergencies.LastNumber,
            EmergencyReason.NoTime,
            keys.Reader.Public,
            keys.Answer.Public.Digest,
            [.. new[] { EhrLedger.Crypto.Signing.Ed25519PrivateKey.Generate(), EhrLedger.Crypto.Signing.Ed25519PrivateKey.Generate() }.Select(key => new EmergencyRequester(key.Public, key.Sign(message))).OrderBy(requester => requester.Key)],
            account);
        await world.Consortium.LogAsync(Entry.Sign(
            ConsentEntryTypes.EmergencyAccess, subject.Topic, body.Encode(), world.Consortium.Clock.GetUtcNow() + Entry.UsualValidity, clinic.SigningKey, world.Consortium.Genesis.Digest));
        return (grant, keys);
    }

    private static async Task ReadAsync(WalletWorld world, GrantId grant, ReaderKeys keys, SymmetricKey logKey)
    {
        var subject = world.Subject(Category.Medications);
        var (entry, _) = AccessEntries.Read(
            new ReaderGrant(grant, subject.Subject, keys.Reader, logKey),
            new Asker(world.Consortium.Clinic.Organisation, "Dr Li", "physician"),
            PurposeOfUse.Emergency,
            [subject.Writes[0].Header.Record],
            default,
            world.Consortium.Clock.GetUtcNow() + Entry.UsualValidity,
            world.Consortium.Genesis.Digest)[0];
        await world.Consortium.LogAsync(entry);
    }
}
