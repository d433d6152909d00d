using EhrLedger.Client;
using EhrLedger.Client.Invitations;
using EhrLedger.Client.Transport;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Crypto.WalletKeys;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.App.Device;
using EhrLedger.Wallet.Restoring;

namespace EhrLedger.Wallet.App.Session;

/// <summary>The wallet on this device: absent, locked or open. There is one, for as long as the page lives.</summary>
internal sealed class WalletOnDevice(IDevice device, DeviceLock deviceLock, PasskeyLock passkeyLock, OriginNode origin, TimeProvider time) : IAlarmSink
{
    /// <summary>Without use for so long, it locks itself.</summary>
    public static readonly TimeSpan IdleLimit = TimeSpan.FromMinutes(5);

    private const string GenesisName = "genesis";
    private const string TrustName = "trust";
    private const string HomeName = "home";
    private readonly List<Alarm> _alarms = [];

    /// <summary>Something that screens show has changed.</summary>
    public event Action? Changed;

    public WalletStage Stage { get; private set; } = WalletStage.Starting;

    /// <summary>Null unless it is open.</summary>
    public Wallet? Wallet { get; private set; }

    /// <summary>Null unless it is open.</summary>
    public Consortium? Consortium { get; private set; }

    /// <summary>Whether an invitation named the genesis, not only the node that served the app.</summary>
    public bool IsPinnedByInvitation { get; private set; }

    /// <summary>Whether a finger, a face or the screen lock opens it too.</summary>
    public bool HasPasskey { get; private set; }

    /// <summary>What came back with the words; null unless they were just entered.</summary>
    public RestoreOutcome? Restored { get; private set; }

    /// <summary>The invitation that the app was opened with, or that was scanned; taken by whoever answers it.</summary>
    public Invitation? Invitation { get; private set; }

    /// <summary>What members have lied about since the wallet was opened.</summary>
    public IReadOnlyList<Alarm> Alarms => _alarms;

    /// <summary>Looks what is there.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Invitation = Invitation.TryParse(await device.TakeFragmentAsync());
        var isHeld = await deviceLock.HoldsAsync(cancellationToken);
        HasPasskey = isHeld && await passkeyLock.IsOnAsync(cancellationToken);
        Stage = isHeld ? WalletStage.Locked : WalletStage.Absent;
        Changed?.Invoke();
    }

    /// <summary>Keeps a new seed, or one from 24 words, and opens its wallet. What the device had before is gone.</summary>
    /// <param name="seed">Taken over, unless it fails.</param>
    /// <param name="pin">What it is kept under.</param>
    /// <param name="restore">Whether the members are to be asked what they know of it.</param>
    /// <param name="genesis">Which consortium it belongs to; null for the invitation's, or else whichever the node says.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<OpenOutcome> KeepAsync(WalletSeed seed, string pin, bool restore, Digest? genesis, CancellationToken cancellationToken)
    {
        var (outcome, node) = await FindNodeAsync(genesis, cancellationToken);
        if (node is null)
        {
            return outcome;
        }

        // In one step: in between, a seed that came back through guardians would stand nowhere.
        await device.ReplaceAllAsync(DeviceLock.FileName, DeviceLock.Seal(seed, node.Consortium.Digest, pin), cancellationToken);
        HasPasskey = false;
        await device.WriteAsync(GenesisName, node.Consortium.Genesis.Bytes, cancellationToken);
        await device.WriteAsync(HomeName, node.Home.Key.ToArray(), cancellationToken);
        await device.WriteAsync(TrustName, new[] { (byte)(Invitation?.Genesis == node.Consortium.Digest ? 1 : 0) }, cancellationToken);
        await device.PersistAsync();
        await OpenAsync(seed, node, restore, cancellationToken);
        return OpenOutcome.Opened;
    }

    /// <summary>The consortium of the node that serves the app.</summary>
    /// <param name="genesis">What it has to be; null for the invitation's, or else whichever the node says.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Opened with the node, or why not.</returns>
    public async Task<(OpenOutcome Outcome, ServingNode? Node)> FindNodeAsync(Digest? genesis, CancellationToken cancellationToken)
    {
        if (await origin.FindGenesisAsync(cancellationToken) is not { } bytes || await origin.FindOrganisationAsync(cancellationToken) is not { } home)
        {
            return (OpenOutcome.NodeUnavailable, null);
        }

        return Consortium.Open(bytes, genesis ?? Invitation?.Genesis ?? Digest.Of(bytes.Span)) is { } consortium
            ? (OpenOutcome.Opened, new ServingNode(consortium, home))
            : (OpenOutcome.OtherConsortium, null);
    }

    /// <summary>Where a wallet lives that goes through this node.</summary>
    public WalletHost HostOn(ServingNode node) =>
        new(node.Consortium, new RestingRoute(new RelayedRoute(origin.Route, origin.Address, node.Home, node.Consortium.Genesis), origin.Address, time), device, time, this);

    /// <summary>Opens what is kept. A wrong PIN is said with the time that the next one has to wait.</summary>
    public async Task<(OpenOutcome Outcome, TimeSpan Pause)> UnlockAsync(string pin, CancellationToken cancellationToken)
    {
        switch (await deviceLock.OpenAsync(pin, cancellationToken))
        {
            case LockOutcome.Opened opened:
                return (await OpenAsync(opened, cancellationToken), TimeSpan.Zero);
            case LockOutcome.Wrong(var pause):
                return (OpenOutcome.WrongPin, pause);
            default:
                throw new InvalidOperationException("There is no other outcome.");
        }
    }

    /// <summary>Opens what is kept with the device's passkey. It is no guess at the PIN: it waits for no pause, and ends none.</summary>
    public async Task<OpenOutcome> UnlockByPasskeyAsync(CancellationToken cancellationToken)
    {
        var (outcome, opened) = await passkeyLock.OpenAsync(cancellationToken);
        return opened is not null ? await OpenAsync(opened, cancellationToken) : outcome == PasskeyOutcome.Refused ? OpenOutcome.PasskeyRefused : OpenOutcome.PasskeyWrong;
    }

    /// <summary>Whether it is the PIN. Counts as a guess.</summary>
    /// <returns>Opened with a seed that the caller disposes of, or wrong.</returns>
    public Task<LockOutcome> ProveAsync(string pin, CancellationToken cancellationToken) => deviceLock.OpenAsync(pin, cancellationToken);

    /// <summary>Lets a passkey of the device open the wallet too.</summary>
    /// <param name="proven">What the PIN has opened: whoever only holds the open wallet can't add a finger of his own. Stays the caller's.</param>
    /// <param name="name">What the device calls the passkey.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<PasskeyOutcome> SwitchPasskeyOnAsync(LockOutcome.Opened proven, string name, CancellationToken cancellationToken)
    {
        var outcome = await passkeyLock.SwitchOnAsync(proven, name, cancellationToken);
        HasPasskey = HasPasskey || outcome == PasskeyOutcome.On;
        return outcome;
    }

    /// <summary>From now on the PIN alone opens it.</summary>
    public async Task SwitchPasskeyOffAsync(CancellationToken cancellationToken)
    {
        await passkeyLock.SwitchOffAsync(cancellationToken);
        HasPasskey = false;
    }

    /// <summary>Keeps the seed under another PIN.</summary>
    public async Task ChangePinAsync(string pin, CancellationToken cancellationToken)
    {
        if (Wallet is { } wallet && Consortium is { } consortium && WalletSeed.FromPhrase(wallet.ToPhrase()) is { } seed)
        {
            using (seed)
            {
                await deviceLock.KeepAsync(seed, consortium.Digest, pin, cancellationToken);
            }
        }
    }

    /// <summary>Takes an invitation that was pasted or scanned.</summary>
    /// <returns>False unless it is one.</returns>
    public bool TryInvite(string text)
    {
        if (Invitation.TryParse(text.Trim()) is not { } invitation)
        {
            return false;
        }

        Invitation = invitation;
        Changed?.Invoke();
        return true;
    }

    /// <summary>The invitation was answered, or put away.</summary>
    public void PutAway()
    {
        Invitation = null;
        Changed?.Invoke();
    }

    /// <summary>An invitation has named the same genesis.</summary>
    public async Task ConfirmPinAsync(CancellationToken cancellationToken)
    {
        IsPinnedByInvitation = true;
        await device.WriteAsync(TrustName, new byte[] { 1 }, cancellationToken);
    }

    /// <summary>Zeroes the keys, and opens the page anew: strings can't be zeroed, and go with it.</summary>
    public async Task LockAsync()
    {
        var wallet = Wallet;
        Wallet = null;
        Stage = WalletStage.Locked;
        Changed?.Invoke();
        wallet?.Dispose();
        await device.LeaveAsync();
    }

    /// <summary>Forgets the wallet on this device.</summary>
    public async Task RemoveAsync(CancellationToken cancellationToken)
    {
        await passkeyLock.ReleaseAsync(cancellationToken);
        await device.RemoveAllAsync(cancellationToken);
        HasPasskey = false;
        await LockAsync();
    }

    /// <inheritdoc/>
    public void Raise(AlarmKind kind, string detail)
    {
        _alarms.Add(new Alarm(kind, detail, time.GetUtcNow()));
        Changed?.Invoke();
    }

    private async Task<Consortium?> FindConsortiumAsync(Digest pinned, CancellationToken cancellationToken)
    {
        if (await device.ReadAsync(GenesisName, cancellationToken) is { } kept && Consortium.Open(kept, pinned) is { } consortium)
        {
            return consortium;
        }

        return await origin.FindGenesisAsync(cancellationToken) is { } bytes ? Consortium.Open(bytes, pinned) : null;
    }

    private async Task<OrganisationId?> FindHomeAsync(CancellationToken cancellationToken) =>
        await device.ReadAsync(HomeName, cancellationToken) is { } kept && Ed25519PublicKey.TryFromBytes(kept.Span, out var key) ? new OrganisationId(key) : await origin.FindOrganisationAsync(cancellationToken);

    private async Task<OpenOutcome> OpenAsync(LockOutcome.Opened opened, CancellationToken cancellationToken)
    {
        if (await FindConsortiumAsync(opened.Genesis, cancellationToken) is not { } consortium || await FindHomeAsync(cancellationToken) is not { } home)
        {
            opened.Seed.Dispose();
            return OpenOutcome.NodeUnavailable;
        }

        await OpenAsync(opened.Seed, new ServingNode(consortium, home), restore: false, cancellationToken);
        return OpenOutcome.Opened;
    }

    private async Task OpenAsync(WalletSeed seed, ServingNode node, bool restore, CancellationToken cancellationToken)
    {
        Wallet = await Wallet.OpenAsync(seed, HostOn(node), cancellationToken);
        Consortium = node.Consortium;
        Restored = restore ? await Wallet.RestoreAsync(cancellationToken) : null;
        IsPinnedByInvitation = await device.ReadAsync(TrustName, cancellationToken) is { Length: 1 } trust && trust.Span[0] == 1;
        Stage = WalletStage.Open;
        Changed?.Invoke();
        await device.WatchIdleAsync(IdleLimit, LockAsync);
    }
}

/// <summary>The node that serves the app.</summary>
/// <param name="Consortium">Opened under the digest that it had to have.</param>
/// <param name="Home">Whose node it says that it is.</param>
internal sealed record ServingNode(Consortium Consortium, OrganisationId Home);

/// <summary>How it stands with the wallet on this device.</summary>
internal enum WalletStage
{
    /// <summary>Not looked yet.</summary>
    Starting = 1,

    /// <summary>There is none.</summary>
    Absent = 2,

    /// <summary>There is one, under its PIN.</summary>
    Locked = 3,

    /// <summary>Its keys are in memory.</summary>
    Open = 4,
}

/// <summary>What came of opening it.</summary>
internal enum OpenOutcome
{
    /// <summary>It is open.</summary>
    Opened = 1,

    /// <summary>Another PIN.</summary>
    WrongPin = 2,

    /// <summary>The node that serves the app does not answer, and nothing is kept.</summary>
    NodeUnavailable = 3,

    /// <summary>The invitation, or this wallet, belongs to another consortium than the node that serves the app.</summary>
    OtherConsortium = 4,

    /// <summary>The device did not confirm that it is its owner.</summary>
    PasskeyRefused = 5,

    /// <summary>The device's passkey gives no key, or one that opens nothing.</summary>
    PasskeyWrong = 6,
}

/// <summary>Something that a member lied about.</summary>
/// <param name="Kind">What.</param>
/// <param name="Detail">Ids and numbers.</param>
/// <param name="Time">When the wallet saw it.</param>
internal sealed record Alarm(AlarmKind Kind, string Detail, DateTimeOffset Time);
