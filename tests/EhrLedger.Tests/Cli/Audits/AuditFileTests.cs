using EhrLedger.Cli.Audits;
using EhrLedger.MerkleLog.Auditing;
using EhrLedger.MerkleLog.Tree;
using EhrLedger.Tests.MerkleLog;
using EhrLedger.Tests.MerkleLog.Tree;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.Cli.Audits;

public sealed class AuditFileTests
{
    private const ulong Time = 1_767_225_600_000;

    [Test]
    public void Comes_back_as_it_was() => Prop.ForAll((byte leaves, byte topics, bool isBeyond) =>
    {
        var file = FileOf(leaves, topics, isBeyond ? leaves : null);
        var read = AuditFile.TryParse(file.Encode())!;
        return read.Genesis == file.Genesis
            && read.State.Size == file.State.Size
            && read.Rules.LastTime == Time
            && read.Rules.UnfollowedFrom == file.Rules.UnfollowedFrom
            && read.Rules.NextNumbers.OrderBy(pair => pair.Key.Name).SequenceEqual(file.Rules.NextNumbers.OrderBy(pair => pair.Key.Name));
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Accepts_only_canonical_bytes() => Prop.ForAll((byte leaves, byte topics, Mutation mutation) =>
    {
        var bytes = mutation.Of(FileOf(leaves, topics, null).Encode());
        return AuditFile.TryParse(bytes) is not { } read || read.Encode().AsSpan().SequenceEqual(bytes);
    }).QuickCheckThrowOnFailure();

    private static AuditFile FileOf(byte leaves, byte topics, ulong? unfollowedFrom) => new(
        SampleNode.Genesis.Digest,
        AuditState.Parse(Frontier.Empty.Append(NaiveTree.Leaves(leaves)).Frontier.Encode())!,
        EntryRules.Resume(Enumerable.Range(0, topics).Select(i => KeyValuePair.Create(SampleNode.TopicOf(i), (ulong)i + 1)), Time, unfollowedFrom));
}
