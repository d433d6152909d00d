using System.Collections.Immutable;
using System.Text;
using EhrLedger.Client.Log;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Recovery;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.Messaging.Messages;
using EhrLedger.Wallet.Delegations;
using EhrLedger.Wallet.Emergencies;
using EhrLedger.Wallet.Guardians;
using EhrLedger.Wallet.Messages;
using EhrLedger.Wallet.Records;
using EhrLedger.Wallet.State;
using EhrLedger.Wallet.Storage;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.Wallet;

public sealed class StateTests
{
    private static readonly Ed25519PrivateKey Key = Ed25519PrivateKey.Generate();
    private static readonly XWingPrivateKey Sealing = XWingPrivateKey.Generate();
    private static readonly Digest Genesis = Digest.Of("genesis"u8);

    // A wish of this time has an organisation for a guardian.
    private const ulong Organised = 99;

    [OneTimeTearDown]
    public void Forget()
    {
        Key.Dispose();
        Sealing.Dispose();
    }

    [Test]
    public void A_state_survives_a_round_trip() => Prop.ForAll((ulong number, bool published, ushort seen) =>
    {
        var state = State(number >> 1, published, seen, seen, seen % 2 == 0);
        return WalletState.TryParse(state.Encode())!.Encode().AsSpan().SequenceEqual(state.Encode());
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Only_canonical_bytes_of_a_state_are_accepted() => CheckDamage(State(3, false, 1, 7, true).Encode(), bytes => WalletState.TryParse(bytes)?.Encode());

    [Test]
    public void Only_canonical_bytes_of_a_state_with_a_wish_for_emergencies_are_accepted() => CheckDamage(
        (State(3, false, 1, 7, true) with { Emergency = new EmergencyWish(["clinic", "hospital"], 1, 99) }).Encode(), bytes => WalletState.TryParse(bytes)?.Encode());

    [TestCase(true, true)]
    [TestCase(true, false)]
    [TestCase(false, true)]
    public void Only_canonical_bytes_of_a_state_with_guardians_are_accepted(bool hasGuardians, bool isGuardian) => CheckDamage(
        WithGuardians(State(3, false, 1, 7, true), hasGuardians ? 5 : null, isGuardian).Encode(), bytes => WalletState.TryParse(bytes)?.Encode());

    [Test]
    public void Only_canonical_bytes_of_a_state_with_an_organisation_as_guardian_are_accepted()
    {
        var state = WithGuardians(State(3, false, 1, 7, true), Organised, false);
        CheckDamage(state.Encode(), bytes => WalletState.TryParse(bytes)?.Encode());
        Assert.That(WalletState.TryParse(state.Encode())!.Guardians!.Guardians.Single().Organisation, Is.EqualTo(new OrganisationId(Key.Public)));
        Assert.That(WalletState.TryParse(WithGuardians(state, 5, false).Encode())!.Guardians!.Guardians.Single().Organisation, Is.Null);
    }

    [Test]
    public void A_state_is_written_in_the_oldest_version_that_can_hold_it()
    {
        var plain = State(3, false, 1, 7, true);
        var wish = plain with { Emergency = new EmergencyWish(["hospital"], 0, 1) };
        Assert.That(Heads(plain with { Agents = [], Requests = [] }, wish, WithGuardians(plain, 5, false), WithGuardians(wish, null, true)), Is.EqualTo(new[] { 0x88, 1, 0x8b, 2, 0x8d, 3, 0x8d, 3 }));
        Assert.That(WalletState.TryParse(WithGuardians(wish, 5, true).Encode())!.Emergency!.Kinds, Is.EqualTo(new[] { "hospital" }));

        static IEnumerable<int> Heads(params WalletState[] states) => states.SelectMany(state => state.Encode().Take(2).Select(one => (int)one));
    }

    [Test]
    public void Of_two_devices_wishes_for_guardians_the_later_counts_and_no_guardianship_is_lost()
    {
        var (early, late) = (WithGuardians(State(3, false, 1, 7, true), 1, true), WithGuardians(State(3, false, 1, 7, true), 2, false));
        Assert.That(early.With(late).Guardians, Is.SameAs(late.Guardians));
        Assert.That(late.With(early).Guardians, Is.SameAs(late.Guardians));
        Assert.That((early with { Guardians = null }).With(late).Guardians, Is.SameAs(late.Guardians));
        Assert.That(late.With(early).Guardianships, Has.Count.EqualTo(1));
        Assert.That(early.With(early).Guardianships, Has.Count.EqualTo(1));
    }

    [TestCase(true, false, false)]
    [TestCase(false, true, false)]
    [TestCase(false, false, true)]
    [TestCase(true, true, true)]
    public void Only_canonical_bytes_of_a_state_with_mandates_are_accepted(bool begins, bool ends, bool acts) =>
        CheckDamage(WithMandates(State(3, false, 1, 7, true), begins, ends, acts).Encode(), bytes => WalletState.TryParse(bytes)?.Encode());

    [Test]
    public void Of_two_devices_mandates_none_is_lost_and_none_is_twice()
    {
        var (plain, full) = (State(3, false, 1, 7, true), WithMandates(State(3, false, 1, 7, true), true, true, true));
        Assert.That(full.Encode().Take(2), Is.EqualTo(new byte[] { 0x90, 4 }));
        foreach (var merged in new[] { plain.With(full), full.With(plain), full.With(full) })
        {
            Assert.That((merged.MandateDrafts.Count, merged.MandateEnds.Count, merged.ActingFor.Count), Is.EqualTo((1, 1, 1)));
        }
    }

    [Test]
    public void Grants_of_many_categories_at_many_connections_can_wait_to_be_told()
    {
        var state = State(3, false, 1, 7, single: false);
        var grants = Enumerable.Range(0, DecisionBody.MostGrants).Select(_ => Convert.ToHexStringLower(GrantId.Generate().ToArray()));
        var asked = new KeptRequest("00", new OrganisationId(Key.Public), "thread", ["TREAT"], ["Laboratory"], 30, "Please.", 1, true, [.. grants]);
        var bytes = (state with { Requests = [asked] }).Encode();
        Assert.That(WalletState.TryParse(bytes)?.Encode(), Is.EqualTo(bytes));
    }

    [Test]
    public void Of_two_devices_wishes_the_later_counts()
    {
        var (early, late) = (State(3, false, 1, 7, true) with { Emergency = new EmergencyWish(["hospital"], 0, 1) }, State(3, false, 1, 7, true) with { Emergency = new EmergencyWish([], 2, 2) });
        Assert.That(early.With(late).Emergency, Is.SameAs(late.Emergency));
        Assert.That(late.With(early).Emergency, Is.SameAs(late.Emergency));
        Assert.That((early with { Emergency = null }).With(late).Emergency, Is.SameAs(late.Emergency));
        Assert.That(late.With(early with { Emergency = null }).Emergency, Is.SameAs(late.Emergency));
    }

    [Test]
    public void Only_canonical_bytes_of_wallet_messages_are_accepted()
    {
        var subject = new SubjectId(Key.Public);
        var organisation = new OrganisationId(Key.Public);
        var connected = new ConnectedSubject(Category.Genetics, subject, 2, Sealing.Public, Sealing.Public, new byte[32], new byte[64]);
        CheckDamage(new Connection("code", [connected]).Encode(), bytes => Connection.TryParse(bytes)?.Encode());
        CheckDamage(new Connected("Patient/1", 3, [new ProvisionalSubject(subject, [])]).Encode(), bytes => Connected.TryParse(bytes)?.Encode());
        CheckDamage(new NewEpoch(subject, 5, Sealing.Public, new byte[32], new byte[64]).Encode(), bytes => NewEpoch.TryParse(bytes)?.Encode());
        CheckDamage(new GrantDelivery(GrantId.Generate(), Key.Public, new byte[50]).Encode(), bytes => GrantDelivery.TryParse(bytes)?.Encode());
        CheckDamage(new EmergencyKept(Genesis, 300).Encode(), bytes => EmergencyKept.TryParse(bytes)?.Encode());
        CheckDamage(new EmergencyKept(null, 0).Encode(), bytes => EmergencyKept.TryParse(bytes)?.Encode());
        CheckDamage(new AuthorEpoch(300).Encode(), bytes => AuthorEpoch.TryParse(bytes)?.Encode());
        CheckDamage(new KnownHead(9, Genesis, DateTimeOffset.FromUnixTimeSeconds(1_700_000_000)).Encode(), bytes => KnownHead.TryParse(bytes)?.Encode());
        CheckDamage(new SubjectRequest(organisation, subject, SubjectRequestKind.Reads, 1, 5, 99).Encode(), bytes => SubjectRequest.TryParse(bytes)?.Encode());
        CheckDamage(
            new SubjectReleases([new ReleaseMade(3, 4, [], new(Salt.Generate(), PurposeOfUse.Treatment, [new RecordVersion(RecordId.Generate(), 1)]))]).Encode(),
            bytes => SubjectReleases.TryParse(bytes)?.Encode());
    }

    [Test]
    public void Proofs_are_bound_to_consortium_organisation_code_epoch_and_keys()
    {
        var subject = new SubjectId(Key.Public);
        var organisation = new OrganisationId(Key.Public);
        using var other = Ed25519PrivateKey.Generate();
        using var otherSealing = XWingPrivateKey.Generate();
        var proof = Key.Sign(ConnectedSubject.MessageOf(Genesis, organisation, "code", Sealing.Public, Sealing.Public));
        var connected = new ConnectedSubject(Category.Genetics, subject, 0, Sealing.Public, Sealing.Public, new byte[32], proof);
        var epochProof = Key.Sign(NewEpoch.MessageOf(Genesis, organisation, 1, Sealing.Public, new byte[32]));
        var epoch = new NewEpoch(subject, 1, Sealing.Public, new byte[32], epochProof);
        var invitation = new GuardianInvitation(Genesis, new RecoveryId(Key.Public), "");
        var asked = new GuardianRequest(subject, invitation, 7, Key.Sign(GuardianRequest.MessageOf(Genesis, organisation, invitation, 7)));
        Assert.Multiple(() =>
        {
            Assert.That(asked.Verifies(Key.Public, Genesis, organisation), Is.True);
            Assert.That(asked.Verifies(other.Public, Genesis, organisation), Is.False);
            Assert.That(asked.Verifies(Key.Public, Digest.Of("x"u8), organisation), Is.False);
            Assert.That(asked.Verifies(Key.Public, Genesis, new(other.Public)), Is.False);
            Assert.That((asked with { Time = 8 }).Verifies(Key.Public, Genesis, organisation), Is.False);
            Assert.That((asked with { Invitation = invitation with { Recovery = new RecoveryId(other.Public) } }).Verifies(Key.Public, Genesis, organisation), Is.False);
            Assert.That(connected.Verifies(Genesis, organisation, "code"), Is.True);
            Assert.That(connected.Verifies(Digest.Of("x"u8), organisation, "code"), Is.False);
            Assert.That(connected.Verifies(Genesis, new(other.Public), "code"), Is.False);
            Assert.That(connected.Verifies(Genesis, organisation, "other"), Is.False);
            Assert.That((connected with { SelfKey = otherSealing.Public }).Verifies(Genesis, organisation, "code"), Is.False);
            Assert.That(epoch.Verifies(Key.Public, Genesis, organisation), Is.True);
            Assert.That((epoch with { Epoch = 2 }).Verifies(Key.Public, Genesis, organisation), Is.False);
            Assert.That((epoch with { SealingKey = otherSealing.Public }).Verifies(Key.Public, Genesis, organisation), Is.False);
            Assert.That(epoch.Verifies(other.Public, Genesis, organisation), Is.False);
            Assert.That(connected.ToString(), Is.EqualTo("ConnectedSubject(Genetics)"));
        });
    }

    [Test]
    public async Task A_vault_opens_only_what_it_sealed_under_that_name()
    {
        var store = new StoreInMemory();
        using var key = SymmetricKey.Generate();
        using var vault = new WalletVault(key, store);
        await vault.WriteAsync("state", "hello"u8, default);
        Assert.That(Encoding.UTF8.GetString((await vault.ReadAsync("state", default))!), Is.EqualTo("hello"));
        store.Kept["other"] = store.Kept["state"];
        Assert.That(await vault.ReadAsync("other", default), Is.Null);
        store.Kept["state"][^1] ^= 1;
        Assert.That(await vault.ReadAsync("state", default), Is.Null);
        var directory = vault.SealDirectory(7, new byte[20_000]);
        Assert.That(directory, Has.Length.EqualTo(16 + 32_768 + 16));
        Assert.That(vault.OpenDirectory(7, directory), Is.EqualTo(new byte[20_000]));
        Assert.That(vault.OpenDirectory(8, directory), Is.Null);
    }

    [TestCase("""{"resourceType":"Patient","id":"p","name":[{"family":"Lovelace","given":["Ada"]}],"birthDate":"1815-12-10"}""", "Patient", "p", "Ada Lovelace", "1815-12-10")]
    [TestCase("""{"resourceType":"Encounter","type":[{"text":"Visit"}],"period":{"start":"2026-01-01"}}""", "Encounter", "", "Visit", "2026-01-01")]
    [TestCase("""{"resourceType":7,"code":null,"name":[]}""", "", "", "", "")]
    [TestCase("""[1]""", "", "", "", "")]
    [TestCase("""not json""", "", "", "", "")]
    public void A_glance_at_a_resource_never_fails(string json, string type, string id, string title, string date) =>
        Assert.That(FhirGlance.Of(Encoding.UTF8.GetBytes(json)), Is.EqualTo(new FhirGlance(type, id, title, date)));

    /// <summary>Whatever is accepted of damaged bytes encodes to those very bytes.</summary>
    [Test]
    public void Only_canonical_bytes_of_kept_texts_are_accepted() => CheckDamage(
        TextKeeper.Encode([new TextReceived(new(Key.Public), "id", "Come at 9. 请空腹。", DateTimeOffset.UnixEpoch), new TextReceived(new(Key.Public), "", "", DateTimeOffset.UnixEpoch.AddDays(1))]),
        bytes => TextKeeper.TryParse(bytes) is { } texts ? TextKeeper.Encode(texts) : null);

    private static void CheckDamage(byte[] good, Func<ReadOnlyMemory<byte>, byte[]?> recode)
    {
        Assert.That(recode(good), Is.EqualTo(good));
        Assert.That(recode(good.Append((byte)0).ToArray()), Is.Null);
        Assert.That(recode(good.AsMemory(0, good.Length - 1)), Is.Null);
        Prop.ForAll((int at, byte value) =>
        {
            var bytes = good.ToArray();
            bytes[(int)(unchecked((uint)at) % (uint)bytes.Length)] = value;
            return recode(bytes) is not { } again || again.AsSpan().SequenceEqual(bytes);
        }).QuickCheckThrowOnFailure();
    }

    private static WalletState WithMandates(WalletState state, bool begins, bool ends, bool acts) => state with
    {
        MandateDrafts = begins
            ? [new MandateDraft(Salt.FromBytes(new byte[16]), "Bea", [Key.Public], Sealing.Public, DelegateActs.Grant, [PurposeOfUse.Treatment], 21_000, [(0u, Category.Laboratory)])]
            : [],
        MandateEnds = ends ? [new PendingMandateEnd(new MandateId(Key.Public), true, 5)] : [],
        ActingFor = acts ? [new ActingMandate(new MandateId(Key.Public), "Anna")] : [],
    };

    private static WalletState WithGuardians(WalletState state, ulong? changed, bool isGuardian) => state with
    {
        Guardians = changed is { } at ? new GuardiansWish([new ChosenGuardian(Key.Public, Sealing.Public, "a friend", at == Organised ? new OrganisationId(Key.Public) : null)], 2, 48, at % 2 == 0 ? null : Key.Public, at) : null,
        Guardianships = isGuardian ? [new Guardianship(new(Key.Public), "Anna")] : [],
    };

    private static WalletState State(ulong number, bool published, uint index, ushort seen, bool single)
    {
        var subject = new SubjectId(Key.Public);
        var organisation = new OrganisationId(Key.Public);
        var record = RecordId.Generate();
        var tie = Relationship.Start(index, organisation).With(new SubjectMark(Category.Genetics, seen, 2, 3, 4)) with { Patient = "Patient/1", Provisional = [new Provisional(subject, seen)] };
        var terms = new GrantTerms(Salt.Generate(), subject, 0, 1, [PurposeOfUse.Treatment], single ? [record] : null, !single);
        var draft = new GrantDraft(
            GrantId.Generate(), index, Category.Genetics, organisation, Key.Public, Sealing.Public, new byte[] { 1, 2 }, new DayRange(1, 2), terms, single ? new byte[] { 3 } : null);
        return new WalletState(
            number,
            published,
            [tie],
            [draft],
            [new PendingRevocation(GrantId.Generate(), index, Category.Genetics)],
            ImmutableSortedDictionary<GrantId, uint>.Empty.Add(GrantId.Generate(), seen).Add(GrantId.Generate(), 1),
            single ? new KnownHead(5, Genesis, DateTimeOffset.FromUnixTimeSeconds(7)) : null)
        {
            Agents = [new AgentTie(organisation, Known(seen))],
            Requests = single ? [] : [new KeptRequest("00", organisation, "thread", ["TREAT"], ["Laboratory"], 30, "Please.", seen, published, published ? ["01"] : [])],
        };
    }

    private static EhrLedger.Messaging.Agents.Connection Known(ushort seen) => new()
    {
        Id = "id",
        State = EhrLedger.Messaging.Agents.ConnectionState.Completed,
        KeyName = "name",
        OwnKey = "key",
        OwnDid = "did",
        TheirKeys = ["theirs"],
        TheirEndpoint = "https://hospital.example/agent",
        ThreadId = "thread",
        InvitationId = "invitation",
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(seen),
    };
}
