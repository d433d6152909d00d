using System.Collections.Concurrent;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Consent.Custody;

/// <summary>
/// Revocations that this node has seen, logged or not. A custodian stops at once when it holds one that the subject has signed; nobody needs to wait until it is final.
/// Thread-safe. After a restart it is empty, and the log says the rest.
/// </summary>
/// <param name="genesis">Digest of the consortium's genesis.</param>
public sealed class HeldRevocations(Digest genesis)
{
    private readonly ConcurrentDictionary<(SubjectId Subject, GrantId Grant), byte> _held = new();

    /// <summary>Keeps a revocation.</summary>
    /// <param name="entry">From anyone, before it is logged.</param>
    /// <param name="view">Whose newest state has the key that must have signed.</param>
    /// <returns>False unless it is a Revoked entry that the subject's current key has signed.</returns>
    public bool Offer(Entry entry, ILedgerView view)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(view);
        if (entry.Type != ConsentEntryTypes.Revoked
            || Revoked.TryParse(entry.Body) is not { } body
            || SubjectId.TryFrom(entry.Topic) is not { } subject
            || view.FindSubject(subject) is not { } state
            || !entry.VerifiesUnder(state.Key, genesis))
        {
            return false;
        }

        _held.TryAdd((subject, body.Grant), 0);
        return true;
    }

    /// <summary>Whether the subject is known to have revoked the grant.</summary>
    public bool Contains(SubjectId subject, GrantId grant) => _held.ContainsKey((subject, grant));

    /// <summary>Forgets what the newest state says by itself, so that memory does not grow.</summary>
    public void DropLogged(ILedgerView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        foreach (var key in _held.Keys)
        {
            if (view.FindSubject(key.Subject)?.Revoked.Contains(key.Grant) == true)
            {
                _held.TryRemove(key, out _);
            }
        }
    }
}
