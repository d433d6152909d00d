using System.Net;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Ledger;

public sealed class MembershipTests
{
    [Test]
    public async Task A_member_that_joins_gets_the_log_while_all_nodes_run_and_so_after_it_came_back()
    {
        using var consortium = await TestConsortium.StartAsync();
        using var newcomer = new TestNode(consortium.Folder, "Centre", TestConsortium.FreePorts(1)[0]);
        var topic = newcomer.Organisation.Topic;
        await newcomer.StartAsync();

        var member = newcomer.Descriptor.Member;
        var joining = new MemberJoined(member, Approve(MembershipAct.Join, Digest.Of(member.Encode()))).Encode();
        await LogAsync(newcomer, EntryType.MemberJoined, joining);
        await newcomer.BecomesFinalAsync(1);

        var leaving = new MemberRemoved(consortium.Sequencer.Organisation, Approve(MembershipAct.Remove, MemberRemoved.What(1)));
        await LogAsync(consortium.Sequencer, EntryType.MemberRemoved, leaving.Encode());
        await consortium.BecomesFinalEverywhereAsync(2);
        await LogAsync(newcomer, EntryType.MemberJoined, joining);
        await newcomer.BecomesFinalAsync(3);
        Assert.That((await consortium.AuditAsync(newcomer)).Finding, Is.Null);
        Assert.That(await consortium.Sequencer.AlarmsAsync(), Is.Empty);

        MembershipApproval[] Approve(MembershipAct act, Digest what) =>
            [.. consortium.Nodes.Select(node => MembershipApproval.Sign(node.Organisation, node.Keys.Signing, consortium.Genesis.Digest, act, topic, what))];

        async Task LogAsync(TestNode signer, EntryType type, byte[] body)
        {
            var entry = Entry.Sign(type, topic, body, DateTimeOffset.UtcNow + Entry.UsualValidity, signer.Keys.Signing, consortium.Genesis.Digest);
            var (status, _, text) = await consortium.Sequencer.SubmitAsync(entry.SignedBytes);
            Assert.That(status, Is.EqualTo(HttpStatusCode.OK), text);
        }
    }
}
