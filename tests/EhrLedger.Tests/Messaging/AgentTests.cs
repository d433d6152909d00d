using EhrLedger.Crypto.Hpke;
using EhrLedger.Messaging.Agents;
using EhrLedger.Messaging.Messages;
using NUnit.Framework;

namespace EhrLedger.Tests.Messaging;

public sealed class AgentTests
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private AgentInMemory _hospital = null!;
    private AgentInMemory _wallet = null!;

    [SetUp]
    public void Start()
    {
        _hospital = new AgentInMemory("Hospital", "https://hospital.example/agent");
        _wallet = new AgentInMemory("wallet");
    }

    [TearDown]
    public void End()
    {
        _hospital.Dispose();
        _wallet.Dispose();
    }

    [Test]
    public async Task Two_agents_connect()
    {
        var (hospital, wallet) = await ConnectAsync();
        Assert.That(hospital.State, Is.EqualTo(ConnectionState.Completed));
        Assert.That(wallet.State, Is.EqualTo(ConnectionState.Completed));
        Assert.That(hospital.TheirDid, Is.EqualTo(wallet.OwnDid));
        Assert.That(wallet.TheirDid, Is.EqualTo(hospital.OwnDid));
        Assert.That(hospital.About, Is.EqualTo("Patient/1"));
        Assert.That(hospital.TheirEndpoint, Is.EqualTo("didcomm:transport/queue"));
    }

    [Test]
    public async Task A_ping_is_answered_in_its_thread()
    {
        var (_, wallet) = await ConnectAsync();
        var ping = new TrustPing();
        var heard = await HearAsync(_hospital, _wallet.Agent.Pack(wallet, ping));
        Assert.That(heard.Message, Is.EqualTo(ping with { Transport = MessageTransport.ReturnAll }));
        Assert.That((await HearAsync(_wallet, heard.Answers.Single())).Message, Is.InstanceOf<TrustPingResponse>().With.Property("ThreadId").EqualTo(ping.Id));
    }

    [Test]
    public async Task A_ping_that_wants_no_answer_gets_none()
    {
        var (_, wallet) = await ConnectAsync();
        Assert.That((await HearAsync(_hospital, _wallet.Agent.Pack(wallet, new TrustPing { ResponseRequested = false }))).Answers, Is.Empty);
    }

    [Test]
    public async Task Text_goes_both_ways()
    {
        var (hospital, wallet) = await ConnectAsync();
        Assert.That(((BasicMessage)(await HearAsync(_hospital, _wallet.Agent.Pack(wallet, new BasicMessage { Content = "Grüezi" }))).Message).Content, Is.EqualTo("Grüezi"));
        Assert.That(((BasicMessage)(await HearAsync(_wallet, _hospital.Agent.Pack(hospital, new BasicMessage { Content = "你好" }))).Message).Content, Is.EqualTo("你好"));
    }

    [Test]
    public async Task An_invitation_for_one_is_taken_once()
    {
        var invitation = (await _hospital.Agent.InviteAsync(true, Day, null, default))!;
        var first = (await _wallet.Agent.AcceptAsync(invitation, "a", null, default))!.Value;
        await HearAsync(_hospital, first.Request);
        using var stranger = new AgentInMemory("stranger");
        var second = (await stranger.Agent.AcceptAsync(invitation, "a", null, default))!.Value;
        var refused = await HearAsync(_hospital, second.Request);
        Assert.That(refused.Connection, Is.Null);
        Assert.That(_hospital.Connections, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_request_whose_answer_was_lost_is_answered_again()
    {
        var invitation = (await _hospital.Agent.InviteAsync(true, Day, null, default))!;
        var (_, request) = (await _wallet.Agent.AcceptAsync(invitation, "a", null, default))!.Value;
        var lost = await HearAsync(_hospital, request);
        var again = await HearAsync(_hospital, request);
        Assert.That(again.Connection!.Id, Is.EqualTo(lost.Connection!.Id));
        Assert.That((await HearAsync(_wallet, again.Answers.Single())).Connection!.State, Is.EqualTo(ConnectionState.Completed));
    }

    [Test]
    public async Task A_request_that_comes_again_later_undoes_nothing()
    {
        using var sealing = XWingPrivateKey.Generate();
        var invitation = (await _hospital.Agent.InviteAsync(true, Day, null, default))!;
        var (_, request) = (await _wallet.Agent.AcceptAsync(invitation, "a", null, default))!.Value;
        var answered = await HearAsync(_wallet, (await HearAsync(_hospital, request)).Answers.Single());
        await HearAsync(_hospital, answered.Answers.Single());
        await HearAsync(_hospital, _wallet.Agent.Pack(answered.Connection!, WalletKey.Of(sealing.Public)));
        await HearAsync(_hospital, request);
        Assert.That((_hospital.Connections.Single().State, _hospital.Connections.Single().TheirSealingKey), Is.EqualTo((ConnectionState.Completed, WalletKey.Of(sealing.Public).Key)));
    }

    [Test]
    public async Task An_invitation_for_many_is_taken_by_each()
    {
        var invitation = (await _hospital.Agent.InviteAsync(false, Day, null, default))!;
        using var other = new AgentInMemory("other");
        await HearAsync(_hospital, (await _wallet.Agent.AcceptAsync(invitation, "a", null, default))!.Value.Request);
        await HearAsync(_hospital, (await other.Agent.AcceptAsync(invitation, "a", null, default))!.Value.Request);
        Assert.That(_hospital.Connections, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task An_old_invitation_is_not_taken()
    {
        var invitation = (await _hospital.Agent.InviteAsync(true, TimeSpan.FromSeconds(-1), null, default))!;
        Assert.That((await HearAsync(_hospital, (await _wallet.Agent.AcceptAsync(invitation, "a", null, default))!.Value.Request)).Connection, Is.Null);
    }

    [Test]
    public async Task Where_there_is_no_room_nobody_is_connected()
    {
        var invitation = (await _hospital.Agent.InviteAsync(true, Day, null, default))!;
        var (_, request) = (await _wallet.Agent.AcceptAsync(invitation, "a", null, default))!.Value;
        _hospital.IsFull = true;
        Assert.That((await HearAsync(_hospital, request)).Connection, Is.Null);
    }

    [Test]
    public async Task Nobody_speaks_for_another()
    {
        var (_, wallet) = await ConnectAsync();
        using var stranger = new AgentInMemory("stranger");
        var forged = stranger.Agent.Pack(wallet with { KeyName = "mine" }, new BasicMessage { Content = "It is me." });
        Assert.That(await _hospital.Agent.ReceiveAsync(forged.Envelope, default), Is.InstanceOf<Received.NotForUs>());
    }

    [Test]
    public async Task A_response_of_somebody_else_connects_nobody()
    {
        using var thief = new AgentInMemory("thief", "https://thief.example/");
        var invitation = (await _hospital.Agent.InviteAsync(true, Day, null, default))!;
        var (connection, request) = (await _wallet.Agent.AcceptAsync(invitation, "a", null, default))!.Value;
        await HearAsync(_hospital, request);

        var bait = (await thief.Agent.InviteAsync(true, Day, null, default))!;
        var (_, baited) = (await _wallet.Agent.AcceptAsync(bait, "b", null, default))!.Value;
        var stolen = (await HearAsync(thief, baited)).Connection!;
        var response = new DidExchangeResponse { Did = stolen.OwnDid, Thread = new MessageThread(connection.ThreadId) };
        var forged = thief.Agent.Pack(stolen with { TheirKeys = [connection.OwnKey] }, response);
        Assert.That(await _wallet.Agent.ReceiveAsync(forged.Envelope, default), Is.InstanceOf<Received.NotForUs>());
    }

    [Test]
    public async Task A_sealed_body_opens_for_its_receiver_in_its_message_only()
    {
        using var key = XWingPrivateKey.Generate();
        var (hospital, _) = await ConnectAsync();
        var body = new AccessRequestBody("00", "did:key:z", ["TREAT"], ["laboratory"], 30, "Please.");
        var heard = (AccessRequest)(await HearAsync(_wallet, _hospital.Agent.Pack(hospital, AccessRequest.Seal(key.Public, body)))).Message;
        Assert.That(heard.Open(key)!.Text, Is.EqualTo("Please."));
        Assert.That((heard with { Id = "another" }).Open(key), Is.Null);
        using var other = XWingPrivateKey.Generate();
        Assert.That(heard.Open(other), Is.Null);
    }

    private async Task<(Connection Hospital, Connection Wallet)> ConnectAsync()
    {
        var invitation = (await _hospital.Agent.InviteAsync(true, Day, "Patient/1", default))!;
        var (_, request) = (await _wallet.Agent.AcceptAsync(invitation, "relationship", null, default))!.Value;
        var asked = await HearAsync(_hospital, request);
        var answered = await HearAsync(_wallet, asked.Answers.Single());
        var completed = await HearAsync(_hospital, answered.Answers.Single());
        return (completed.Connection!, answered.Connection!);
    }

    private static async Task<Received.Heard> HearAsync(AgentInMemory agent, Packed packed) => (Received.Heard)await agent.Agent.ReceiveAsync(packed.Envelope, default);
}
