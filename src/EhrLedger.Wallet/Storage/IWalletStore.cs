namespace EhrLedger.Wallet.Storage;

/// <summary>
/// Where the host keeps a wallet's bytes: a file, IndexedDB. What is written is encrypted and authenticated by the wallet; the store needs no secrets. It never sees the seed, which the host keeps in
/// the device's key store, or asks for as a phrase.
/// </summary>
public interface IWalletStore
{
    /// <summary>What was written last under the name. Null if nothing was.</summary>
    /// <param name="name">Up to 64 characters of a–z, 0–9 and hyphen.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<ReadOnlyMemory<byte>?> ReadAsync(string name, CancellationToken cancellationToken);

    /// <summary>Replaces what stands under the name, whole or not at all; returns once it survives a crash.</summary>
    ValueTask WriteAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);
}
