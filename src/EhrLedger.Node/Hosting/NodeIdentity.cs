using EhrLedger.Ledger.Membership;
using EhrLedger.Node.Keys;
using EhrLedger.Node.Settings;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Hosting;

/// <summary>Who this node is and which consortium it belongs to; and the lock on its data folder, so that two processes never write to the same store.</summary>
internal sealed class NodeIdentity : IDisposable
{
    private readonly FileStream _lock;

    private NodeIdentity(OrganisationKeys keys, Genesis genesis, FileStream dataLock)
    {
        Keys = keys;
        Genesis = genesis;
        _lock = dataLock;
    }

    /// <summary>The organisation's secrets.</summary>
    public OrganisationKeys Keys { get; }

    /// <summary>The consortium.</summary>
    public Genesis Genesis { get; }

    /// <summary>The organisation's name for ever.</summary>
    public OrganisationId Organisation => Keys.Organisation;

    /// <summary>Whether this organisation gives entries their place.</summary>
    public bool IsSequencer => Genesis.Sequencer == Organisation;

    /// <summary>Opens keys and genesis; on the first start without settings it makes both, for a consortium of one.</summary>
    /// <exception cref="StartupException">They can't be opened, do not fit each other, or another process uses the folder.</exception>
    public static NodeIdentity Open(NodeSettings settings, TimeProvider time)
    {
        var dataLock = LockFolder(settings.Data);
        try
        {
            var store = new FileKeyStore(settings.Keys, settings.Passphrase);
            var kept = Path.Combine(settings.Data, "genesis.cbor");
            var keys = store.Find();
            if (keys is null)
            {
                if (File.Exists(kept))
                {
                    throw new StartupException(ExitCode.Keys, $"The data in {settings.Data} belong to keys that are not in {settings.Keys}. Restore them from their backup, or point keys to them.");
                }

                if (settings.Genesis is not null)
                {
                    throw new StartupException(ExitCode.Keys, $"There are no keys in {settings.Keys}. Make them with the command 'member' before the genesis is written.");
                }

                keys = OrganisationKeys.Generate();
                store.Keep(keys);
            }

            var genesis = OpenGenesis(settings, kept, keys, time);
            return new NodeIdentity(keys, genesis, dataLock);
        }
        catch
        {
            dataLock.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Keys.Dispose();
        _lock.Dispose();
    }

    private static FileStream LockFolder(string data)
    {
        try
        {
            PrivateFile.CreateFolder(data);
            return new FileStream(Path.Combine(data, "node.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception taken) when (taken is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(ExitCode.Store, $"The data folder {data} can't be used: another node runs on it, or it can't be written to.", taken);
        }
    }

    private static Genesis OpenGenesis(NodeSettings settings, string kept, OrganisationKeys keys, TimeProvider time)
    {
        try
        {
            var given = settings.Genesis is { } path ? File.ReadAllBytes(path) : null;
            var own = File.Exists(kept) ? File.ReadAllBytes(kept) : null;
            if (given is not null && own is not null && !given.AsSpan().SequenceEqual(own))
            {
                throw new StartupException(ExitCode.Store, $"The data in {settings.Data} belong to another consortium than {settings.Genesis}.");
            }

            var genesis = (given ?? own) is { } bytes
                ? Genesis.TryParse(bytes) ?? throw new StartupException(ExitCode.Store, $"{settings.Genesis ?? kept} is no genesis.")
                : Consortium.Found(settings.Name, time.GetUtcNow(), keys.Organisation, [keys.Describe(settings.Name, settings.Kind, settings.Endpoint)]);
            if (genesis.Sequencer == keys.Organisation && genesis.LogKey != keys.LogSigner.Verifier.ToString())
            {
                throw new StartupException(ExitCode.Keys, "The genesis names this organisation as the sequencer, with another log key than the one in its key store.");
            }

            if (own is null)
            {
                PrivateFile.Replace(kept, genesis.Bytes.Span);
            }

            return genesis;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(ExitCode.Store, $"The genesis can't be read or kept: {unreadable.Message}", unreadable);
        }
    }
}
