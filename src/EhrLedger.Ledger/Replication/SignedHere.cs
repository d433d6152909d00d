using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Ledger.Replication;

/// <summary>
/// Entries that this process has just signed itself: when they come to be executed, here, a check of the signature could say nothing new. Every other node checks it, as it checks anybody's; and
/// whatever is not known here any more is checked too.
/// </summary>
public sealed class SignedHere
{
    private const int Most = 4_096;

    private readonly Lock _lock = new();
    private readonly Dictionary<Digest, Ed25519PublicKey> _keys = [];
    private readonly Queue<Digest> _oldest = [];

    /// <summary>Remembers an entry. Of more than 4,096 the oldest are forgotten.</summary>
    public void Add(Entry entry, Ed25519PublicKey key)
    {
        ArgumentNullException.ThrowIfNull(entry);
        lock (_lock)
        {
            _keys[entry.Digest] = key;
            _oldest.Enqueue(entry.Digest);
            while (_oldest.Count > Most)
            {
                _keys.Remove(_oldest.Dequeue());
            }
        }
    }

    /// <summary>Whether these very bytes were signed here with the private key of this one, for this process's consortium.</summary>
    public bool Knows(Entry entry, Ed25519PublicKey key)
    {
        ArgumentNullException.ThrowIfNull(entry);
        lock (_lock)
        {
            return _keys.TryGetValue(entry.Digest, out var signer) && signer == key;
        }
    }
}
