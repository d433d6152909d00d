using EhrLedger.Client.Wallets;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Wallets;

/// <summary>Wallets' directories: encrypted, padded, numbered and signed by keys that nobody can link to a patient. The highest number wins.</summary>
internal sealed class WalletDirectories(SqliteFile file, LogReplica replica)
{
    /// <summary>Null for bytes that the key did not sign; false if a higher or equal number is kept.</summary>
    public bool? Keep(Ed25519PublicKey name, ReadOnlyMemory<byte> signedBytes) =>
        SealedDirectory.Open(signedBytes, name, replica.Genesis.Digest) is { Number: <= long.MaxValue } directory
            ? file.Write(session => session.Execute(
                """
                INSERT INTO wallet_directories (Name, Number, Signed) VALUES ($1, $2, $3)
                ON CONFLICT (Name) DO UPDATE SET Number = $2, Signed = $3 WHERE Number < $2
                """,
                name.ToArray(),
                (long)directory.Number,
                signedBytes.ToArray())) > 0
            : null;

    public byte[]? Find(Ed25519PublicKey name) =>
        file.Read(session => session.Find("SELECT Signed FROM wallet_directories WHERE Name = $1", row => row.GetFieldValue<byte[]>(0), name.ToArray()));
}
