using System.Security.Cryptography;

namespace EhrLedger.Wallet.App.Device;

/// <summary>
/// Keeps what <see cref="DeviceLock"/> keeps a second time, encrypted under what a passkey of the device gives for a finger, a face or the screen lock (<see cref="PasskeyFile"/>). It knows nothing of PINs, and takes back no
/// wrong one.
/// </summary>
internal sealed class PasskeyLock(IDevice device)
{
    /// <summary>Under which name the file stands.</summary>
    public const string FileName = "passkey";

    /// <summary>Whether it is switched on.</summary>
    public async Task<bool> IsOnAsync(CancellationToken cancellationToken) => await FindAsync(cancellationToken) is not null;

    /// <summary>Makes a passkey, and keeps the seed under it in place of what was there. The device asks its owner.</summary>
    /// <param name="proven">What the PIN has opened; stays the caller's.</param>
    /// <param name="name">What the device calls the passkey in its own lists.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<PasskeyOutcome> SwitchOnAsync(LockOutcome.Opened proven, string name, CancellationToken cancellationToken)
    {
        var salt = PasskeyFile.GenerateSalt();
        switch (await device.MakePasskeyAsync(name, salt))
        {
            case PasskeyAnswer.Given given:
                var content = DeviceLock.Export(proven.Seed, proven.Genesis);
                var file = PasskeyFile.Seal(content, given, salt);
                CryptographicOperations.ZeroMemory(content);
                given.Output.Dispose();
                await device.WriteAsync(FileName, file.Encode(), cancellationToken);
                return PasskeyOutcome.On;
            case PasskeyAnswer.Refused:
                return PasskeyOutcome.Refused;
            default:
                return PasskeyOutcome.Unable;
        }
    }

    /// <summary>Asks the passkey. The device asks its owner.</summary>
    /// <returns>Opened with what the PIN would have opened; or why not.</returns>
    public async Task<(PasskeyOutcome Outcome, LockOutcome.Opened? Opened)> OpenAsync(CancellationToken cancellationToken)
    {
        if (await FindAsync(cancellationToken) is not { } file)
        {
            return (PasskeyOutcome.Unable, null);
        }

        switch (await device.AskPasskeyAsync(file.Credential, file.Salt))
        {
            case PasskeyAnswer.Given given:
                var content = file.Open(given.Output);
                given.Output.Dispose();
                return DeviceLock.TryRead(content) is { } opened ? (PasskeyOutcome.On, opened) : (PasskeyOutcome.Unable, null);
            case PasskeyAnswer.Refused:
                return (PasskeyOutcome.Refused, null);
            default:
                return (PasskeyOutcome.Unable, null);
        }
    }

    /// <summary>Forgets the file. A store removes nothing by name, so an empty file is none.</summary>
    public async Task SwitchOffAsync(CancellationToken cancellationToken)
    {
        await ReleaseAsync(cancellationToken);
        await device.WriteAsync(FileName, ReadOnlyMemory<byte>.Empty, cancellationToken);
    }

    /// <summary>Tells the device that its passkey is of no use any more, for whoever forgets the file next.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        if (await FindAsync(cancellationToken) is { } file)
        {
            await device.ForgetPasskeyAsync(file.Credential);
        }
    }

    private async Task<PasskeyFile?> FindAsync(CancellationToken cancellationToken) =>
        await device.ReadAsync(FileName, cancellationToken) is { Length: > 0 } bytes ? PasskeyFile.Parse(bytes) : null;
}

/// <summary>How it stands with a passkey that was asked.</summary>
internal enum PasskeyOutcome
{
    /// <summary>It opens the wallet.</summary>
    On = 1,

    /// <summary>The device did not confirm that it is its owner.</summary>
    Refused = 2,

    /// <summary>The device gives no key, or none that opens the wallet.</summary>
    Unable = 3,
}
