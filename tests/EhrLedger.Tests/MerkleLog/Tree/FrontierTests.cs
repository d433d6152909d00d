using EhrLedger.MerkleLog.Tree;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.MerkleLog.Tree;

public sealed class FrontierTests
{
    [Test]
    public void Reads_back_what_it_wrote() => Prop.ForAll((byte leaves) =>
    {
        Frontier frontier = Frontier.Empty.Append(NaiveTree.Leaves(leaves)).Frontier;
        return frontier.Equals(Frontier.Parse(frontier.Encode()));
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Accepts_only_canonical_bytes() => Prop.ForAll((byte leaves, Mutation mutation) =>
    {
        byte[] bytes = mutation.Of(Frontier.Empty.Append(NaiveTree.Leaves(leaves)).Frontier.Encode());
        return Frontier.Parse(bytes) is not { } read || read.Encode().AsSpan().SequenceEqual(bytes);
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Refuses_more_leaves_than_a_log_can_have() =>
        Assert.That(Frontier.Parse([0x80, 0, 0, 0, 0, 0, 0, 0, .. new byte[32]]), Is.Null);

    [Test]
    public void Refuses_a_size_that_does_not_fit_the_number_of_hashes() =>
        Assert.That(Frontier.Parse([0, 0, 0, 0, 0, 0, 0, 3, .. new byte[32]]), Is.Null);
}
