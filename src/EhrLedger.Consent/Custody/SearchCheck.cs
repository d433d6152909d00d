using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Reads;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Custody;

/// <summary>What an index holder decides.</summary>
public abstract record SearchDecision
{
    private SearchDecision()
    {
    }

    /// <summary>Rows of the terms' subject may go to the reader; of single records, those only.</summary>
    /// <param name="Terms">What is covered.</param>
    public sealed record Permitted(GrantTerms Terms) : SearchDecision;

    /// <summary>Nothing goes out.</summary>
    /// <param name="Denial">For this node alone.</param>
    public sealed record Denied(AccessDenial Denial) : SearchDecision;
}

/// <summary>The index holder's conditions (protocol, Read, step 2): as the custodian's, against a Search entry.</summary>
/// <param name="self">The holder.</param>
/// <param name="genesis">Digest of the consortium's genesis.</param>
public sealed class SearchCheck(OrganisationId self, Digest genesis)
{
    /// <summary>How long a Search entry is good for.</summary>
    public static readonly TimeSpan OldestSearch = TimeSpan.FromMinutes(15);

    /// <summary>Decides on a request. Pure.</summary>
    /// <param name="request">Untrusted.</param>
    /// <param name="view">This node's own copy of the log.</param>
    /// <param name="revocations">What this node knows beyond the log.</param>
    /// <param name="now">By this node's own clock.</param>
    public SearchDecision Decide(SearchRequest request, ILedgerView view, HeldRevocations revocations, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(revocations);
        var use = new GrantUse(self, genesis, view, revocations, now);
        var terms = request.Terms;
        if (use.CheckRequest(request.Holder, request.Time) is { } unfit)
        {
            return new SearchDecision.Denied(unfit);
        }

        if (use.CheckEntry(request.EntryIndex, ConsentEntryTypes.Search, OldestSearch, terms, out _, out var search) is { } noEntry)
        {
            return new SearchDecision.Denied(noEntry);
        }

        if (use.CheckGrant(terms, search.Grant, key => request.VerifiesUnder(key, genesis), out _, out var grant) is { } noGrant)
        {
            return new SearchDecision.Denied(noGrant);
        }

        if (Digest.Of(request.Opening.Span) != search.OpeningDigest || SearchOpening.TryParse(request.Opening) is not { } opening)
        {
            return new SearchDecision.Denied(AccessDenial.OtherOpening);
        }

        return terms.Allows(opening.Purpose) && grant.Allows(opening.Purpose) ? new SearchDecision.Permitted(terms) : new SearchDecision.Denied(AccessDenial.PurposeNotGranted);
    }
}
