using EhrLedger.Crypto;

namespace EhrLedger.Node.Storage.Records;

/// <summary>Encapsulations by their digest: public, and fetched once by whoever opens what was sealed with them.</summary>
internal sealed class EncapsulationStore(SqliteFile file)
{
    public void Keep(Digest digest, ReadOnlyMemory<byte> encapsulation) => file.Write(session => Keep(session, digest, encapsulation));

    public static void Keep(SqliteSession session, Digest digest, ReadOnlyMemory<byte> encapsulation) =>
        session.Execute("INSERT OR IGNORE INTO encapsulations (Digest, Bytes) VALUES ($1, $2)", digest.ToArray(), encapsulation.ToArray());

    /// <summary>1,120 bytes; null where this node does not have it.</summary>
    public byte[]? Find(Digest digest) =>
        file.Read(session => session.Find("SELECT Bytes FROM encapsulations WHERE Digest = $1", row => row.GetBytes(0), digest.ToArray()));
}
