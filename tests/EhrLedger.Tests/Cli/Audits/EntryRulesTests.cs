using EhrLedger.Cli.Audits;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;
using NUnit.Framework;

namespace EhrLedger.Tests.Cli.Audits;

public sealed class EntryRulesTests
{
    [Test]
    public void Let_a_right_log_pass() => Assert.That(CheckAll(new EntryRules(), (0, 0), (1, 0), (0, 1), (0, 2), (1, 1)), Is.All.Null);

    [Test]
    public void Find_a_gap() => Assert.That(CheckAll(new EntryRules(), (0, 0), (0, 2))[1], Does.Contain("number 2 of its topic").And.Contains("whose next is 1"));

    [Test]
    public void Find_a_repeated_number() => Assert.That(CheckAll(new EntryRules(), (0, 0), (0, 0))[1], Does.Contain("number 0"));

    [Test]
    public void Find_a_topic_that_begins_later() => Assert.That(CheckAll(new EntryRules(), (0, 1))[0], Does.Contain("whose next is 0"));

    [Test]
    public void Find_a_wrong_index() => Assert.That(new EntryRules().Check(1, LeafOf(0, 0, index: 2)), Is.EqualTo("it says that its index is 2."));

    [Test]
    public void Find_a_clock_that_goes_back()
    {
        var rules = new EntryRules();
        rules.Check(0, LeafOf(0, 0, time: 100, index: 0));
        Assert.That(rules.Check(1, LeafOf(0, 1, time: 60, index: 1)), Is.EqualTo("its time is 40 ms before that of the entry before."));
    }

    [Test]
    public void Find_bytes_that_are_no_leaf() => Assert.That(new EntryRules().Check(0, new byte[] { 1, 2, 3 }), Does.Contain("no leaf"));

    [Test]
    public void Find_a_leaf_that_holds_no_entry() => Assert.That(new EntryRules().Check(0, new Leaf(0, 0, 0, new byte[] { 1 }).Encode()), Does.Contain("no entry"));

    [Test]
    public void Follow_no_more_topics_than_the_limit_says()
    {
        var rules = new EntryRules(limit: 2);
        Assert.That(CheckAll(rules, (0, 0), (1, 0)), Is.All.Null);
        rules.Commit();
        Assert.That(rules.UnfollowedFrom, Is.Null);
        Assert.That(CheckAll(rules, 2, (2, 0), (2, 7)), Is.All.Null);
        rules.Commit();
        Assert.That((rules.UnfollowedFrom, rules.NextNumbers.Count), Is.EqualTo(((ulong?)2, 2)));
    }

    [Test]
    public void Still_follow_what_they_know_beyond_the_limit()
    {
        var rules = new EntryRules(limit: 1);
        CheckAll(rules, (0, 0), (1, 0));
        Assert.That(CheckAll(rules, 2, (0, 5))[0], Does.Contain("whose next is 1"));
    }

    [Test]
    public void Do_not_let_the_first_topic_beyond_the_limit_begin_later() => Assert.That(CheckAll(new EntryRules(limit: 1), (0, 0), (1, 3))[1], Does.Contain("whose next is 0"));

    [Test]
    public void Forget_what_was_not_committed()
    {
        var rules = new EntryRules();
        CheckAll(rules, (0, 0));
        rules.Commit();
        CheckAll(rules, 1, (0, 1), (1, 0));
        Assert.That(rules.NextNumbers, Is.EquivalentTo(new Dictionary<Topic, ulong> { [SampleNode.TopicOf(0)] = 1 }));
    }

    private static string?[] CheckAll(EntryRules rules, params (int Topic, ulong Number)[] entries) => CheckAll(rules, 0, entries);

    private static string?[] CheckAll(EntryRules rules, ulong from, params (int Topic, ulong Number)[] entries) =>
        [.. entries.Select((entry, i) => rules.Check(from + (ulong)i, LeafOf(entry.Topic, entry.Number, index: from + (ulong)i)))];

    private static byte[] LeafOf(int topic, ulong number, ulong time = 0, ulong index = 0)
    {
        using var key = Ed25519PrivateKey.Generate();
        return new Leaf(
            index, time, number, Entry.Sign(ConsentEntryTypes.Read, SampleNode.TopicOf(topic), [0x80], SampleNode.Start, key, SampleNode.Genesis.Digest).SignedBytes).Encode();
    }
}
