using System.Collections.Concurrent;
using System.Collections.Immutable;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Consent.Custody;

/// <summary>
/// Revocations that this node has seen, logged or not. A custodian stops at once when it holds one that the subject has signed; nobody needs to wait until it
/// is final. Thread-safe. What it holds is to be kept by the host, and restored after a restart.
/// </summary>
/// <param name="genesis">Digest of the consortium's genesis.</param>
public sealed class HeldRevocations(Digest genesis)
{
    // Grants that are open are always taken. Of others, a subject may announce so many: each costs memory until it is logged.
    private const int MostUnlogged = 1_024;

    private readonly ConcurrentDictionary<SubjectId, ImmutableHashSet<GrantId>> _held = new();

    /// <summary>Keeps a revocation.</summary>
    /// <param name="entry">From anyone, before it is logged.</param>
    /// <param name="view">Whose newest state has the key that must have signed.</param>
    /// <returns>
    /// What is held from now on. Null unless it is a Revoked entry that the subject's current key has signed; null also for one that the newest state has already, and for more than 1,024 of
    /// grants that are not open.
    /// </returns>
    public HeldRevocation? Offer(Entry entry, ILedgerView view)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(view);
        if (entry.Type != ConsentEntryTypes.Revoked
            || Revoked.TryParse(entry.Body) is not { } body
            || SubjectId.TryFrom(entry.Topic) is not { } subject
            || view.FindSubject(subject) is not { } state
            || !entry.VerifiesUnder(state.Key, genesis)
            || state.Revoked.Contains(body.Grant))
        {
            return null;
        }

        var held = _held.AddOrUpdate(
            subject,
            _ => [body.Grant],
            (_, grants) => grants.Count < MostUnlogged || state.FindGrant(body.Grant) is not null ? grants.Add(body.Grant) : grants);
        return held.Contains(body.Grant) ? new HeldRevocation(subject, body.Grant) : null;
    }

    /// <summary>Holds again what was held before a restart: it was checked then, and a key that has changed since takes nothing back.</summary>
    public void Restore(IEnumerable<HeldRevocation> held)
    {
        ArgumentNullException.ThrowIfNull(held);
        foreach (var (subject, grant) in held)
        {
            _held.AddOrUpdate(subject, _ => [grant], (_, grants) => grants.Add(grant));
        }
    }

    /// <summary>Whether the subject is known to have revoked the grant.</summary>
    public bool Contains(SubjectId subject, GrantId grant) => _held.TryGetValue(subject, out var grants) && grants.Contains(grant);

    /// <summary>Forgets what the newest state says by itself, so that memory does not grow.</summary>
    /// <returns>What was held, and is in the log.</returns>
    public IReadOnlyList<HeldRevocation> DropLogged(ILedgerView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        var logged = new List<HeldRevocation>();
        foreach (var (subject, grants) in _held)
        {
            if (view.FindSubject(subject) is not { } state)
            {
                continue;
            }

            // Where another thread has added one meanwhile, the next call drops what this one leaves.
            var left = grants.Except(state.Revoked);
            _ = left.IsEmpty ? _held.TryRemove(new(subject, grants)) : _held.TryUpdate(subject, left, grants);
            logged.AddRange(grants.Except(left).Select(grant => new HeldRevocation(subject, grant)));
        }

        return logged;
    }
}

/// <summary>A revocation that the subject has signed.</summary>
/// <param name="Subject">Whose.</param>
/// <param name="Grant">Which grant it ends.</param>
public readonly record struct HeldRevocation(SubjectId Subject, GrantId Grant);
