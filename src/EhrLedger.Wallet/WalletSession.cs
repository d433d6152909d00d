using EhrLedger.Client;
using EhrLedger.Client.Log;
using EhrLedger.Client.Nodes;
using EhrLedger.Client.Submitting;
using EhrLedger.Client.Topics;
using EhrLedger.Client.Transport;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.WalletKeys;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.Keys;
using EhrLedger.Wallet.State;
using EhrLedger.Wallet.Storage;

namespace EhrLedger.Wallet;

/// <summary>What the parts of an open wallet share: keys, state, and the verified view of the ledger. Not thread-safe: <see cref="Wallet"/> lets one caller in at a time.</summary>
internal sealed class WalletSession : IDisposable
{
    private readonly Dictionary<(uint, Category), SubjectKeys> _keys = [];
    private readonly WalletHost _host;

    public WalletSession(WalletSeed seed, WalletHost host, WalletState state, WalletVault vault)
    {
        _host = host;
        Seed = seed;
        State = state;
        Vault = vault;
        Members = new KnownMembers(host.Consortium.Genesis);
        Nodes = new ConsortiumNodes(host.Consortium, Members, host.Route, host.Settings);
        Log = new VerifiedLog(host.Consortium, Members, Nodes, host.Alarms, host.Time, host.Settings, state.Head);
        Topics = new TopicFollower(Log);
        Membership = new MembershipFollower(Log);
        Submitter = new EntrySubmitter(Log);
        Batches = new BatchLocator(Log);
    }

    public WalletSeed Seed { get; }

    public WalletState State { get; private set; }

    public WalletVault Vault { get; }

    public Consortium Consortium => _host.Consortium;

    public Digest Genesis => _host.Consortium.Digest;

    public KnownMembers Members { get; }

    public ConsortiumNodes Nodes { get; }

    public VerifiedLog Log { get; }

    public TopicFollower Topics { get; }

    public MembershipFollower Membership { get; }

    public EntrySubmitter Submitter { get; }

    public BatchLocator Batches { get; }

    public TimeProvider Time => _host.Time;

    public ClientSettings Settings => _host.Settings;

    public DateTimeOffset Now => _host.Time.GetUtcNow();

    public uint Today => (uint)(Now.ToUnixTimeSeconds() / 86_400);

    public DateTimeOffset ValidUntil => Now + Entry.UsualValidity;

    public void Alarm(Ledger.Alarms.AlarmKind kind, string detail) => _host.Alarms.Raise(kind, detail);

    public Task PauseAsync(CancellationToken cancellationToken) => Task.Delay(_host.Settings.FinalPause, _host.Time, cancellationToken);

    /// <summary>The subject's keys. They stay the session's.</summary>
    public SubjectKeys KeysOf(uint relationship, Category category) =>
        _keys.TryGetValue((relationship, category), out var keys) ? keys : _keys[(relationship, category)] = new SubjectKeys(Seed, relationship, category);

    /// <summary>Keeps what is of use to this device only, such as how far a topic was seen.</summary>
    public async Task NoteAsync(WalletState next, CancellationToken cancellationToken)
    {
        next = next with { Head = Log.Newest };
        await Vault.WriteAsync(WalletVault.State, next.Encode(), cancellationToken).ConfigureAwait(false);
        State = next;
    }

    /// <summary>Keeps what another device would need too: the directory is to be published again.</summary>
    public Task SaveAsync(WalletState next, CancellationToken cancellationToken) => NoteAsync(next with { Published = false }, cancellationToken);

    public SubjectRequest Request(OrganisationId organisation, SubjectKeys keys, SubjectRequestKind kind, ulong after = 0) =>
        new(organisation, keys.Subject, kind, after, SubjectRequest.MostRows, (ulong)Now.ToUnixTimeMilliseconds());

    /// <summary>A grantee's statement under any key that it is known to have had. Null if it never signed this.</summary>
    public ReaderKeyStatement? OpenStatement(OrganisationId grantee, ReadOnlyMemory<byte> statement) =>
        Members.KeysOf(grantee).Select(key => ReaderKeyStatement.Open(statement, key, Genesis)).FirstOrDefault(opened => opened is not null);

    public void Dispose()
    {
        foreach (var keys in _keys.Values)
        {
            keys.Dispose();
        }

        Log.Dispose();
        Vault.Dispose();
        Seed.Dispose();
    }
}
