using EhrLedger.Client.Wallets;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Settings;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Wallets;

/// <summary>
/// Wallets' directories: encrypted, padded, numbered and signed by keys that nobody can link to a patient. The highest number wins. None is ever dropped, because a patient may need it after
/// years; all together have a quota, and whoever has a place keeps it.
/// </summary>
internal sealed class WalletDirectories(SqliteFile file, LogReplica replica, NodeSettings settings)
{
    private readonly long _quota = (long)settings.DirectoryQuota << 20;
    private readonly Lock _lock = new();
    private long? _bytes;

    /// <summary>Keeps a directory, if it may.</summary>
    public DirectoryOutcome Keep(Ed25519PublicKey name, ReadOnlyMemory<byte> signedBytes)
    {
        if (SealedDirectory.Open(signedBytes, name, replica.Genesis.Digest) is not { Number: <= long.MaxValue } directory)
        {
            return DirectoryOutcome.NotSigned;
        }

        lock (_lock)
        {
            var total = _bytes ??= file.Read(session => session.Find("SELECT COALESCE(SUM(LENGTH(Signed)), 0) FROM wallet_directories", row => row.GetInt64(0)));
            var kept = file.Read(session => session.Find(
                "SELECT Number, LENGTH(Signed) FROM wallet_directories WHERE Name = $1", row => ((long Number, long Bytes)?)(row.GetInt64(0), row.GetInt64(1)), name.ToArray()));
            if (kept is { } newer && newer.Number >= (long)directory.Number)
            {
                return DirectoryOutcome.Older;
            }

            var more = signedBytes.Length - (kept?.Bytes ?? 0);
            if (more > 0 && total + more > _quota)
            {
                return DirectoryOutcome.Full;
            }

            _bytes = null;
            file.Write(session => session.Execute(
                "INSERT INTO wallet_directories (Name, Number, Signed) VALUES ($1, $2, $3) ON CONFLICT (Name) DO UPDATE SET Number = $2, Signed = $3",
                name.ToArray(),
                (long)directory.Number,
                signedBytes.ToArray()));
            _bytes = total + more;
            return DirectoryOutcome.Kept;
        }
    }

    public byte[]? Find(Ed25519PublicKey name) =>
        file.Read(session => session.Find("SELECT Signed FROM wallet_directories WHERE Name = $1", row => row.GetBytes(0), name.ToArray()));
}

/// <summary>What became of a directory.</summary>
internal enum DirectoryOutcome
{
    /// <summary>It is kept.</summary>
    Kept = 1,

    /// <summary>One with this number or a higher one is kept already.</summary>
    Older = 2,

    /// <summary>The key did not sign it.</summary>
    NotSigned = 3,

    /// <summary>There is no room for it.</summary>
    Full = 4,
}
