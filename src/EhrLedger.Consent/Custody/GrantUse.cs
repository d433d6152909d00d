using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Reads;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Custody;

/// <summary>What releases and searches have in common: a fresh request of the grant's reader, on a final entry, under a grant that holds now.</summary>
/// <param name="Self">Who checks.</param>
/// <param name="Genesis">Digest of the consortium's genesis.</param>
/// <param name="View">Its own copy of the log.</param>
/// <param name="Revocations">What it knows beyond the log.</param>
/// <param name="Now">By its own clock.</param>
internal sealed record GrantUse(OrganisationId Self, Digest Genesis, ILedgerView View, HeldRevocations Revocations, DateTimeOffset Now)
{
    // The last millisecond of the year 9999: what a DateTimeOffset can hold. A leaf and a request can say more.
    private const ulong LatestTime = 253_402_300_799_999;

    private static readonly TimeSpan Freshness = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan OldestReplica = TimeSpan.FromSeconds(30);

    public AccessDenial? CheckRequest(OrganisationId addressee, ulong requestTime) => CheckRequest(Self, View, Now, addressee, requestTime);

    public static AccessDenial? CheckRequest(OrganisationId self, ILedgerView view, DateTimeOffset now, OrganisationId addressee, ulong requestTime) =>
        addressee != self ? AccessDenial.OtherAddressee
        : (now - At(requestTime)).Duration() > Freshness ? AccessDenial.RequestNotFresh
        : now - view.FinalAsOf > OldestReplica ? AccessDenial.ReplicaStale
        : null;

    public AccessDenial? CheckEntry(ulong index, EntryType type, TimeSpan oldest, GrantTerms terms, out Entry entry, out AccessBody body)
    {
        entry = null!;
        body = null!;
        if (View.FindEffective(index) is not { } logged || logged.Entry.Type != type || AccessBody.TryParse(logged.Entry.Body) is not { } found)
        {
            return AccessDenial.NoSuchEntry;
        }

        (entry, body) = (logged.Entry, found);
        return index >= View.FinalSize ? AccessDenial.EntryNotFinal
            : Now - At(logged.Moment.Time) > oldest ? AccessDenial.EntryTooOld
            : logged.Entry.Topic != terms.Subject.Topic ? AccessDenial.OtherSubject
            : null;
    }

    public AccessDenial? CheckGrant(GrantTerms terms, GrantId id, Func<Ed25519PublicKey, bool> signedBy, out SubjectState subject, out OpenGrant grant)
    {
        subject = null!;
        grant = null!;
        if (View.FindSubject(terms.Subject) is not { } state || state.FindGrant(id) is not { } open)
        {
            return AccessDenial.GrantNotOpen;
        }

        (subject, grant) = (state, open);
        return Revocations.Contains(terms.Subject, id) ? AccessDenial.GrantRevoked
            : !open.HoldsAt(Milliseconds) ? AccessDenial.GrantNotToday
            : !signedBy(open.ReaderKey) ? AccessDenial.BadSignature
            : terms.Digest != open.TermsDigest ? AccessDenial.OtherTerms
            : null;
    }

    public ulong Milliseconds => (ulong)Now.ToUnixTimeMilliseconds();

    private static DateTimeOffset At(ulong time) => DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Min(time, LatestTime));
}
