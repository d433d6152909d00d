using EhrLedger.MerkleLog.Auditing;
using EhrLedger.MerkleLog.Tree;
using EhrLedger.Tests.MerkleLog.Tree;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.MerkleLog.Auditing;

public sealed class AuditStateTests
{
    [Test]
    public void Accepts_only_canonical_bytes() => Prop.ForAll((byte leaves, Mutation mutation) =>
    {
        byte[] good = Frontier.Empty.Append(NaiveTree.Leaves(leaves)).Frontier.Encode();
        byte[] bytes = mutation.Of(good);
        return AuditState.Parse(good)!.Encode().AsSpan().SequenceEqual(good)
            && (AuditState.Parse(bytes) is not { } read || read.Encode().AsSpan().SequenceEqual(bytes));
    }).QuickCheckThrowOnFailure();
}
