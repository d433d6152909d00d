using EhrLedger.Crypto;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Erasing;

/// <summary>Sealings that patients have had erased: nothing of them is taken again.</summary>
internal sealed class ErasedHeaders(SqliteFile records) : IDisposable
{
    private readonly ReaderWriterLockSlim _gate = new();

    /// <summary>Keeps a deposit, beside others: no erasure is between the two databases meanwhile.</summary>
    public void Keep(Action keep)
    {
        _gate.EnterReadLock();
        try
        {
            keep();
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    /// <summary>Destroys, alone: a deposit in between would find nothing erased, and its share would come after.</summary>
    public void Destroy(Action destroy)
    {
        _gate.EnterWriteLock();
        try
        {
            destroy();
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    public bool Contains(Digest header) => records.Read(session => session.Find("SELECT 1 FROM erased_headers WHERE HeaderDigest = $1", _ => true, header.ToArray()));

    public IReadOnlyList<Digest> All() => records.Read(session => session.Query("SELECT HeaderDigest FROM erased_headers", row => Digest.FromBytes(row.GetBytes(0))));

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();
}
