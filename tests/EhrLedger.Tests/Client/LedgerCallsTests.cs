using System.Net;
using EhrLedger.Client.Nodes;
using EhrLedger.Client.Transport;
using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Auditing;
using EhrLedger.Tests.Client.World;
using NUnit.Framework;

namespace EhrLedger.Tests.Client;

public sealed class LedgerCallsTests
{
    [Test]
    public async Task A_genesis_that_is_not_the_pinned_one_is_refused()
    {
        await using var world = ConsortiumWorld.Start(1);
        var route = new DirectRoute(world.Http);
        var node = new Uri("http://hospital.test/");
        Assert.That(await LedgerCalls.FetchGenesisAsync(route, node, world.Genesis.Digest, new ClientSettings(), default), Is.InstanceOf<Answer<EhrLedger.Client.Consortium>.Given>());
        Assert.That(await LedgerCalls.FetchGenesisAsync(route, node, Digest.Of("other"u8), new ClientSettings(), default), Is.InstanceOf<Answer<EhrLedger.Client.Consortium>.Untrue>());
    }

    [Test]
    public async Task A_leaf_is_given_with_a_proof_that_holds()
    {
        await using var world = ConsortiumWorld.Start();
        await world.Hospital.Author.UpdateMembershipAsync();
        var node = world.Log(new WorldAlarms()).Nodes[1];
        Assert.That((await node.Ledger.ProveAsync(0, null, default)).TryGet(out var proof), Is.True);
        Assert.That(proof!.Leaf.Entry!.Topic, Is.EqualTo(world.Hospital.Organisation.Topic));
        Assert.That(await node.Ledger.ProveAsync(1, null, default), Is.EqualTo(new Answer<LeafProof>.Refused(404, "not-final")));
    }

    [Test]
    public async Task No_changed_byte_of_a_proof_is_accepted([Range(0, 9)] int part)
    {
        await using var world = ConsortiumWorld.Start();
        await world.Hospital.Author.UpdateMembershipAsync();
        var node = world.Log(new WorldAlarms()).Nodes[0];
        world.Handler.Changed = (_, reply) =>
        {
            var changed = reply.Body.ToArray();
            changed[(changed.Length - 1) * part / 9] ^= 1;
            return WorldReply.Ok(changed);
        };
        Assert.That(await node.Ledger.ProveAsync(0, null, default), Is.InstanceOf<Answer<LeafProof>.Untrue>());
    }

    [Test]
    public async Task A_proof_of_another_leaf_is_refused()
    {
        await using var world = ConsortiumWorld.Start();
        await world.Hospital.Author.UpdateMembershipAsync();
        await world.Clinic.Author.UpdateMembershipAsync();
        var node = world.Log(new WorldAlarms()).Nodes[0];
        var other = await world.Hospital.AnswerAsync(new WorldRequest("hospital", "GET", "/ledger/proofs/1", "", [], false), default);
        world.Handler.Changed = (_, _) => other;
        Assert.That(await node.Ledger.ProveAsync(0, null, default), Is.InstanceOf<Answer<LeafProof>.Untrue>());
    }

    [Test]
    public async Task A_head_signed_by_another_member_is_refused()
    {
        await using var world = ConsortiumWorld.Start();
        var topic = world.Hospital.Organisation.Topic;
        var node = world.Log(new WorldAlarms()).Nodes[0];
        Assert.That(await node.Ledger.ReadTopicHeadAsync(topic, default), Is.InstanceOf<Answer<MemberHead>.Given>());
        var other = await world.Clinic.AnswerAsync(new WorldRequest("clinic", "GET", $"/ledger/topics/{Convert.ToHexStringLower(topic.ToArray())}/head", "", [], false), default);
        world.Handler.Changed = (_, _) => other;
        Assert.That(await node.Ledger.ReadTopicHeadAsync(topic, default), Is.InstanceOf<Answer<MemberHead>.Untrue>());
    }

    [Test]
    public async Task An_endless_body_is_cut_off()
    {
        await using var world = ConsortiumWorld.Start(1);
        var node = world.Log(new WorldAlarms()).Nodes[0];
        world.Handler.Instead = _ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new EndlessStream()) };
        Assert.That(await node.Records.ReadEncapsulationAsync(Digest.Of("x"u8), null, default), Is.InstanceOf<Answer<byte[]>.Untrue>());
        Assert.That(await node.Ledger.ReadCheckpointAsync(default), Is.InstanceOf<Answer<EhrLedger.MerkleLog.Policies.CosignedCheckpoint>.Untrue>());
    }

    [Test]
    public async Task Silence_ends_after_the_time_limit()
    {
        await using var world = ConsortiumWorld.Start(1);
        world.Handler.Instead = _ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new SilentStream()) };
        var route = new DirectRoute(world.Http);
        var call = new NodeCall(new Uri("http://hospital.test"), HttpMethod.Get, "/x", null, null, 100, TimeSpan.FromMilliseconds(50));
        Assert.That(await route.SendAsync(call, default), Is.InstanceOf<Answer<ReadOnlyMemory<byte>>.Unavailable>());
    }

    [Test]
    public async Task The_callers_own_cancellation_is_thrown()
    {
        await using var world = ConsortiumWorld.Start(1);
        world.Handler.Instead = _ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new SilentStream()) };
        using var cancel = new CancellationTokenSource(50);
        Assert.That(async () => await world.Log(new WorldAlarms()).Nodes[0].Ledger.ReadCheckpointAsync(cancel.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    [TestCase(404, "unknown", 404, "unknown")]
    [TestCase(422, "entry-expired", 422, "entry-expired")]
    public async Task A_refusal_keeps_its_code(int status, string code, int expectedStatus, string expectedCode)
    {
        await using var world = ConsortiumWorld.Start(1);
        world.Handler.Instead = _ => WorldHandler.Respond(WorldReply.Problem(status, code));
        var answer = await world.Log(new WorldAlarms()).Nodes[0].Records.ReadCiphertextAsync(default, null, default);
        Assert.That(answer, Is.EqualTo(new Answer<byte[]>.Refused(expectedStatus, expectedCode)));
    }

    [TestCase(500)]
    [TestCase(503)]
    [TestCase(429)]
    [TestCase(302)]
    public async Task What_is_no_answer_may_be_asked_again(int status)
    {
        await using var world = ConsortiumWorld.Start(1);
        world.Handler.Instead = _ => WorldHandler.Respond(new WorldReply(status, []));
        Assert.That(await world.Log(new WorldAlarms()).Nodes[0].Records.ReadCiphertextAsync(default, null, default), Is.InstanceOf<Answer<byte[]>.Unavailable>());
    }

    [Test]
    public async Task The_auditor_verifies_the_whole_log_from_a_nodes_tiles()
    {
        await using var world = ConsortiumWorld.Start();
        for (var i = 0; i < 3; i++)
        {
            await world.Hospital.Author.UpdateMembershipAsync();
        }

        var log = world.Log(new WorldAlarms());
        var result = await new LogAuditor(log.Nodes[2].Ledger, log.Consortium.Policy).AuditAsync(AuditState.Start, null, null, default);
        Assert.That(result.Finding, Is.Null);
        Assert.That(result.Checked.Size, Is.EqualTo(3));
        world.Handler.Down["insurer"] = 0;
        Assert.That(async () => await new LogAuditor(log.Nodes[2].Ledger, log.Consortium.Policy).AuditAsync(AuditState.Start, null, null, default), Throws.InstanceOf<NodeUnavailableException>());
    }

    [Test]
    public async Task Health_that_is_not_JSON_is_untrue()
    {
        await using var world = ConsortiumWorld.Start(1);
        var node = world.Log(new WorldAlarms()).Nodes[0];
        Assert.That((await node.Operators.ReadHealthAsync(default)).TryGet(out var health), Is.True);
        health!.Dispose();
        world.Handler.Changed = (_, _) => WorldReply.Ok("<html>"u8.ToArray());
        Assert.That(await node.Operators.ReadHealthAsync(default), Is.InstanceOf<Answer<System.Text.Json.JsonDocument>.Untrue>());
    }

    private sealed class EndlessStream : SilentStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(buffer.Length);
    }

    private class SilentStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => 0; set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }

        public override void Flush() => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
