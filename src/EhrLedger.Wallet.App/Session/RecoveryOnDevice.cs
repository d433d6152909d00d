using System.Security.Cryptography;
using EhrLedger.Consent.Recovery;
using EhrLedger.Crypto;
using EhrLedger.Wallet.App.Device;
using EhrLedger.Wallet.Guardians;

namespace EhrLedger.Wallet.App.Session;

/// <summary>
/// A wallet on its way back to this device through guardians. What has to be kept of it is as secret as keys: it stands encrypted under the PIN that the wallet will have, with the digest of the genesis before it.
/// The PIN stays in memory until the wallet is there, because every approval is kept, and the wallet itself, under it.
/// </summary>
internal sealed class RecoveryOnDevice(IDevice device, WalletOnDevice mine, TimeProvider time)
{
    private readonly PinFile _file = new(device, time, "recovery", "recovery-guesses");
    private WalletRecovery? _recovery;
    private Digest _genesis;
    private string _pin = "";

    /// <summary>What guardians are shown; null unless it was begun, or gone on with.</summary>
    public RecoveryAsk? Ask => _recovery?.Ask;

    /// <summary>Whether one was begun, and has to be gone on with or given up.</summary>
    public Task<bool> IsKeptAsync(CancellationToken cancellationToken) => _file.HoldsAsync(cancellationToken);

    /// <summary>Begins.</summary>
    /// <param name="name">Who asks; at most 100 bytes.</param>
    /// <param name="pin">What it is kept under, and the wallet after it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<OpenOutcome> BeginAsync(string name, string pin, CancellationToken cancellationToken)
    {
        var (outcome, node) = await mine.FindNodeAsync(null, cancellationToken);
        if (node is not null)
        {
            await TakeAsync(WalletRecovery.Begin(name, mine.HostOn(node)), node.Consortium.Digest, pin);
            await SaveAsync(cancellationToken);
            await device.PersistAsync();
        }

        return outcome;
    }

    /// <summary>Goes on after the app was closed. A wrong PIN is said with the time that the next one has to wait.</summary>
    public async Task<(OpenOutcome Outcome, TimeSpan Pause)> ContinueAsync(string pin, CancellationToken cancellationToken)
    {
        var (content, pause) = await _file.OpenAsync(pin, cancellationToken);
        if (content is not { Length: > Digest.Length })
        {
            return (OpenOutcome.WrongPin, pause);
        }

        var genesis = Digest.FromBytes(content.AsSpan(0, Digest.Length));
        var (outcome, node) = await mine.FindNodeAsync(genesis, cancellationToken);
        if (node is not null && WalletRecovery.Continue(content.AsMemory(Digest.Length), mine.HostOn(node)) is { } recovery)
        {
            await TakeAsync(recovery, genesis, pin);
        }

        CryptographicOperations.ZeroMemory(content);
        return (outcome, TimeSpan.Zero);
    }

    /// <summary>Takes what a guardian has answered, and keeps it.</summary>
    /// <param name="text">Untrusted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<ApprovalTaken> AddAsync(string text, CancellationToken cancellationToken)
    {
        var taken = await Begun().AddAsync(text, cancellationToken);
        if (taken == ApprovalTaken.Taken)
        {
            await SaveAsync(cancellationToken);
        }

        return taken;
    }

    /// <summary>Does the next step. When the seed is back, its wallet is open after that, and what the device had before is gone.</summary>
    public async Task<RecoveryProgress> AdvanceAsync(CancellationToken cancellationToken)
    {
        var progress = await Begun().AdvanceAsync(cancellationToken);
        if (progress is not RecoveryProgress.Recovered(var seed))
        {
            return progress;
        }

        if (await mine.KeepAsync(seed, _pin, restore: true, _genesis, cancellationToken) != OpenOutcome.Opened)
        {
            // It comes back again the next time.
            seed.Dispose();
            return new RecoveryProgress.Unavailable();
        }

        Close();
        return progress;
    }

    /// <summary>Forgets it. Without its keys nobody can come for the seed with what guardians have approved.</summary>
    public async Task GiveUpAsync(CancellationToken cancellationToken)
    {
        Close();
        await _file.ForgetAsync(cancellationToken);
    }

    private WalletRecovery Begun() => _recovery ?? throw new InvalidOperationException("It was not begun.");

    private async Task TakeAsync(WalletRecovery recovery, Digest genesis, string pin)
    {
        Close();
        (_recovery, _genesis, _pin) = (recovery, genesis, pin);
        await device.WatchIdleAsync(WalletOnDevice.IdleLimit, LeaveAsync);
    }

    private async Task SaveAsync(CancellationToken cancellationToken)
    {
        var kept = Begun().Export();
        byte[] content = [.. _genesis.ToArray(), .. kept];
        var file = PinFile.Seal(content, _pin);
        CryptographicOperations.ZeroMemory(kept);
        CryptographicOperations.ZeroMemory(content);
        await _file.WriteAsync(file, cancellationToken);
    }

    // As an open wallet does it, which by now it may be.
    private async Task LeaveAsync()
    {
        if (mine.Stage == WalletStage.Open)
        {
            await mine.LockAsync();
        }
        else if (_recovery is not null)
        {
            Close();
            await device.LeaveAsync();
        }
    }

    private void Close()
    {
        _recovery?.Dispose();
        (_recovery, _pin) = (null, "");
    }
}
