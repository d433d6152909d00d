using EhrLedger.Wallet.Storage;

namespace Quickstart;

/// <summary>The phone's storage: files that only the wallet can read.</summary>
internal sealed class FolderWalletStore(string folder) : IWalletStore
{
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? await File.ReadAllBytesAsync(path, cancellationToken) : null;
    }

    public async ValueTask WriteAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var next = Path.Combine(folder, name + ".next");
        await File.WriteAllBytesAsync(next, bytes, cancellationToken);
        File.Move(next, Path.Combine(folder, name), overwrite: true);
    }
}
