using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using NUnit.Framework;

namespace EhrLedger.Tests.Ledger;

public sealed class SignedHereTests
{
    private static readonly Digest Genesis = Digest.Of([0]);
    private static readonly Lazy<Ed25519PrivateKey> TheKey = new(() => Ed25519PrivateKey.FromSeed(Digest.Of([1]).ToArray()));
    private static readonly Lazy<Ed25519PrivateKey> TheOther = new(() => Ed25519PrivateKey.FromSeed(Digest.Of([2]).ToArray()));

    private static Ed25519PrivateKey Key => TheKey.Value;

    private static Ed25519PrivateKey Other => TheOther.Value;

    [Test]
    public void Knows_the_very_bytes_under_the_very_key()
    {
        var signed = new SignedHere();
        var entry = Sign(Key, 0);
        signed.Add(entry, Key.Public);
        Assert.That(signed.Knows(Entry.TryParse(entry.SignedBytes)!, Key.Public));
        Assert.That(signed.Knows(entry, Other.Public), Is.False);
        Assert.That(signed.Knows(Sign(Other, 0), Key.Public), Is.False);

        var changed = entry.SignedBytes.ToArray();
        changed[^1] ^= 1;
        Assert.That(Entry.TryParse(changed) is not { } forged || !signed.Knows(forged, Key.Public));
    }

    [Test]
    public void Forgets_the_oldest()
    {
        var signed = new SignedHere();
        var entries = Enumerable.Range(0, 4_097).Select(number => Sign(Key, number)).ToList();
        entries.ForEach(entry => signed.Add(entry, Key.Public));
        Assert.That(signed.Knows(entries[0], Key.Public), Is.False);
        Assert.That(entries.Skip(1).All(entry => signed.Knows(entry, Key.Public)));
    }

    private static Entry Sign(Ed25519PrivateKey key, int number)
    {
        var nonce = new byte[16];
        BitConverter.TryWriteBytes(nonce, number);
        return Entry.Sign(EntryType.AuthorReads, new OrganisationId(Key.Public).Topic, [0], DateTimeOffset.UnixEpoch, key, Genesis, nonce);
    }
}
