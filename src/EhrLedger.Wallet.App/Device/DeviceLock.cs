using System.Security.Cryptography;
using EhrLedger.Crypto;
using EhrLedger.Crypto.WalletKeys;
using EhrLedger.Wallet.Storage;

namespace EhrLedger.Wallet.App.Device;

/// <summary>
/// Keeps the wallet's seed on the device, encrypted under the patient's PIN (<see cref="PinFile"/>), together with the digest of the genesis that it belongs to, so that
/// nobody who can write to the store can lead the wallet to another consortium.
/// </summary>
internal sealed class DeviceLock(IWalletStore store, TimeProvider time)
{
    /// <summary>Fewest characters of a PIN.</summary>
    public const int ShortestPin = 6;

    /// <summary>Under which name the seed stands.</summary>
    public const string FileName = "seed";

    private readonly PinFile _file = new(store, time, FileName, "guesses");

    /// <summary>Whether there is a wallet on this device.</summary>
    public Task<bool> HoldsAsync(CancellationToken cancellationToken) => _file.HoldsAsync(cancellationToken);

    /// <summary>What stands under <see cref="FileName"/>. Takes about a second.</summary>
    /// <param name="seed">Stays the caller's.</param>
    /// <param name="genesis">What the wallet is pinned to.</param>
    /// <param name="pin">As the patient typed it.</param>
    public static byte[] Seal(WalletSeed seed, Digest genesis, string pin)
    {
        var content = Export(seed, genesis);
        var file = PinFile.Seal(content, pin);
        CryptographicOperations.ZeroMemory(content);
        return file;
    }

    /// <summary>What is encrypted: seed, then genesis.</summary>
    /// <returns>64 bytes, which the caller zeroes.</returns>
    public static byte[] Export(WalletSeed seed, Digest genesis)
    {
        var content = new byte[WalletSeed.SeedLength + Digest.Length];
        seed.ExportTo(content);
        genesis.CopyTo(content.AsSpan(WalletSeed.SeedLength));
        return content;
    }

    /// <summary>Reads what was encrypted, and zeroes it.</summary>
    /// <returns>Null for null, or anything that is no seed with its genesis.</returns>
    public static LockOutcome.Opened? TryRead(byte[]? content)
    {
        var opened = content is { Length: WalletSeed.SeedLength + Digest.Length }
            ? new LockOutcome.Opened(WalletSeed.FromBytes(content.AsSpan(0, WalletSeed.SeedLength)), Digest.FromBytes(content.AsSpan(WalletSeed.SeedLength)))
            : null;
        CryptographicOperations.ZeroMemory(content);
        return opened;
    }

    /// <summary>Keeps a seed, in place of another.</summary>
    /// <param name="seed">Stays the caller's.</param>
    /// <param name="genesis">What the wallet is pinned to.</param>
    /// <param name="pin">As the patient typed it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task KeepAsync(WalletSeed seed, Digest genesis, string pin, CancellationToken cancellationToken) => _file.WriteAsync(Seal(seed, genesis, pin), cancellationToken);

    /// <summary>Takes about a second, in which the screen stands still.</summary>
    public async Task<LockOutcome> OpenAsync(string pin, CancellationToken cancellationToken)
    {
        var (content, pause) = await _file.OpenAsync(pin, cancellationToken);
        return TryRead(content) is { } opened ? opened : new LockOutcome.Wrong(pause);
    }
}

/// <summary>What came of a PIN.</summary>
internal abstract record LockOutcome
{
    private LockOutcome()
    {
    }

    /// <summary>It was the right one.</summary>
    public sealed record Opened(WalletSeed Seed, Digest Genesis) : LockOutcome;

    /// <summary>It was not, or it was not tried because it is too early.</summary>
    /// <param name="Pause">How long the next one has to wait.</param>
    public sealed record Wrong(TimeSpan Pause) : LockOutcome;
}
