using EhrLedger.Crypto.KeyFiles;
using EhrLedger.Wallet.Storage;

namespace EhrLedger.Wallet.App.Device;

/// <summary>Secret bytes on the device, encrypted under the patient's PIN or passphrase (Argon2id, then AES-256-GCM: <see cref="SealedKeyFile"/>). Wrong PINs are counted, and slowed.</summary>
/// <param name="store">Where they stand.</param>
/// <param name="time">The clock.</param>
/// <param name="name">Under which name.</param>
/// <param name="guessesName">And the wrong PINs under this one.</param>
internal sealed class PinFile(IWalletStore store, TimeProvider time, string name, string guessesName)
{
    /// <summary>What one guess costs: OWASP's least for Argon2id (19 MiB, two passes). More would take longer than a person waits where WebAssembly is interpreted: docs/decisions/0031.</summary>
    public static PassphraseCost Cost { get; } = new() { Memory = 19 * 1024, Passes = 2 };

    /// <summary>Encrypts. Takes about a second, in which the screen stands still.</summary>
    /// <param name="content">The caller zeroes it.</param>
    /// <param name="pin">As the patient typed it.</param>
    public static byte[] Seal(ReadOnlySpan<byte> content, string pin) => SealedKeyFile.Seal(content, pin, Cost);

    /// <summary>Whether there is any.</summary>
    public async Task<bool> HoldsAsync(CancellationToken cancellationToken) => await store.ReadAsync(name, cancellationToken) is { Length: > 0 };

    /// <summary>Keeps what <see cref="Seal"/> has made, in place of what was there.</summary>
    public async Task WriteAsync(byte[] file, CancellationToken cancellationToken)
    {
        await store.WriteAsync(name, file, cancellationToken);
        await store.WriteAsync(guessesName, Guesses.None.Encode(), cancellationToken);
    }

    /// <summary>Forgets it. A store removes nothing by name, so an empty file is none.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken) => await store.WriteAsync(name, ReadOnlyMemory<byte>.Empty, cancellationToken);

    /// <summary>Takes about a second, in which the screen stands still.</summary>
    /// <returns>The content, which the caller zeroes; or null, and how long the next PIN has to wait.</returns>
    public async Task<(byte[]? Content, TimeSpan Pause)> OpenAsync(string pin, CancellationToken cancellationToken)
    {
        var guesses = await store.ReadAsync(guessesName, cancellationToken) is { } kept ? Guesses.Parse(kept.Span) : Guesses.None;
        if (guesses.LeftAt(time.GetUtcNow()) is var left && left > TimeSpan.Zero)
        {
            return (null, left);
        }

        if (await store.ReadAsync(name, cancellationToken) is not { Length: > 0 } file)
        {
            return (null, TimeSpan.Zero);
        }

        // Counted before it is tried: closing the page does not take a guess back.
        guesses = guesses.Again(time.GetUtcNow());
        await store.WriteAsync(guessesName, guesses.Encode(), cancellationToken);
        if (pin.Length == 0 || SealedKeyFile.Open(file, pin) is not { } content)
        {
            return (null, guesses.LeftAt(time.GetUtcNow()));
        }

        await store.WriteAsync(guessesName, Guesses.None.Encode(), cancellationToken);
        return (content, TimeSpan.Zero);
    }
}
