using EhrLedger.Client.Nodes;
using EhrLedger.Client.Transport;
using EhrLedger.Client.Wallets;
using EhrLedger.Wallet.State;

namespace EhrLedger.Wallet.Restoring;

/// <summary>Leaves the wallet's state with the members, encrypted, padded, numbered and signed, under a name that only the seed gives.</summary>
internal sealed class DirectoryKeeper(WalletSession session)
{
    /// <summary>Publishes the state if it is not out there yet.</summary>
    /// <returns>True if enough members have it that an honest one does.</returns>
    public async Task<bool> PublishAsync(CancellationToken cancellationToken)
    {
        if (session.State.Published)
        {
            return true;
        }

        // A second try goes above what another device of the same patient has left in the meantime, and has it in it.
        return await TryPublishAsync(cancellationToken).ConfigureAwait(false)
            || (await TakeNewestAsync(cancellationToken).ConfigureAwait(false) && await TryPublishAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Takes over what another device of the same patient has left since this one last published.</summary>
    /// <returns>True if some member has a higher number than this wallet.</returns>
    public async Task<bool> TakeNewestAsync(CancellationToken cancellationToken)
    {
        var (newest, _) = await ReadNewestAsync(cancellationToken).ConfigureAwait(false);
        if (newest is null || newest.Number <= session.State.Number)
        {
            return false;
        }

        // Where this device has nothing to add, it is out there already: two devices would else publish in turns for ever.
        var merged = session.State.With(newest) with { Number = newest.Number, Published = true };
        if (AreAlike(merged, newest))
        {
            await session.NoteAsync(merged, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await session.SaveAsync(merged, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>The newest directory that any member has. Null if none has one that this seed opens.</summary>
    /// <returns>The state, and whether any member answered at all.</returns>
    public async Task<(WalletState? State, bool Heard)> ReadNewestAsync(CancellationToken cancellationToken)
    {
        using var key = session.Seed.DeriveDirectoryKey();
        WalletState? newest = null;
        var heard = false;
        var nodes = session.Nodes.All;
        var answers = await Task.WhenAll(nodes.Select(node => node.Wallet.ReadDirectoryAsync(key.Public, cancellationToken))).ConfigureAwait(false);
        foreach (var (node, answer) in nodes.Zip(answers))
        {
            session.Log.Note(node, answer);
            heard |= answer is Answer<SealedDirectory>.Given or Answer<SealedDirectory>.Refused(404, _);
            if (answer.TryGet(out var directory)
                && (newest is null || directory.Number > newest.Number)
                && session.Vault.OpenDirectory(directory.Number, directory.Sealed.Span) is { } bytes
                && WalletState.TryParse(bytes) is { } state)
            {
                newest = state with { Number = directory.Number, Published = true };
            }
        }

        return (newest, heard);
    }

    // How far each device has seen the log is its own.
    private static bool AreAlike(WalletState one, WalletState other)
    {
        var (first, second) = ((one with { Head = null }).Encode(), (other with { Head = null }).Encode());
        var areAlike = first.AsSpan().SequenceEqual(second);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(first);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(second);
        return areAlike;
    }

    private async Task<bool> TryPublishAsync(CancellationToken cancellationToken)
    {
        // The number stays what this device last knew to be out there until enough members have the next: whatever it finds above that is another's, or its own that it was interrupted over.
        var number = session.State.Number + 1;
        using var key = session.Seed.DeriveDirectoryKey();
        var plaintext = (session.State with { Number = number }).Encode();
        var signedBytes = new SealedDirectory(number, session.Vault.SealDirectory(number, plaintext)).Sign(key, session.Genesis);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(plaintext);
        var answers = await Task.WhenAll(session.Nodes.All.Select(node => node.Wallet.WriteDirectoryAsync(key.Public, signedBytes, cancellationToken))).ConfigureAwait(false);
        if (answers.Count(answer => answer is Answer<Done>.Given) < session.Consortium.HeadsToAsk)
        {
            return false;
        }

        await session.NoteAsync(session.State with { Number = number, Published = true }, cancellationToken).ConfigureAwait(false);
        return true;
    }
}
