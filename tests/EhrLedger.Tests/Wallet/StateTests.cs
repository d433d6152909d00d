using System.Collections.Immutable;
using System.Text;
using EhrLedger.Client.Log;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
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
    public void Only_canonical_bytes_of_wallet_messages_are_accepted()
    {
        var subject = new SubjectId(Key.Public);
        var organisation = new OrganisationId(Key.Public);
        var connected = new ConnectedSubject(Category.Genetics, subject, 2, Sealing.Public, Sealing.Public, new byte[32], new byte[64]);
        CheckDamage(new Connection("code", [connected]).Encode(), bytes => Connection.TryParse(bytes)?.Encode());
        CheckDamage(new Connected("Patient/1", 3, [new ProvisionalSubject(subject, [])]).Encode(), bytes => Connected.TryParse(bytes)?.Encode());
        CheckDamage(new NewEpoch(subject, 5, Sealing.Public, new byte[32], new byte[64]).Encode(), bytes => NewEpoch.TryParse(bytes)?.Encode());
        CheckDamage(new GrantDelivery(GrantId.Generate(), Key.Public, new byte[50]).Encode(), bytes => GrantDelivery.TryParse(bytes)?.Encode());
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
        Assert.Multiple(() =>
        {
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
            single ? new KnownHead(5, Genesis, DateTimeOffset.FromUnixTimeSeconds(7)) : null);
    }
}
