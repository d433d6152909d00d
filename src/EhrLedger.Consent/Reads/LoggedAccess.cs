using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Consent.Reads;

/// <summary>What a Search or Read entry says to the patient.</summary>
public abstract record LoggedAccess
{
    private LoggedAccess()
    {
    }

    /// <summary>The details open, and are what the digest commits to and custodians were shown.</summary>
    /// <param name="Purpose">What for.</param>
    /// <param name="Records">What was read; empty for a search.</param>
    /// <param name="Details">Who asked.</param>
    public sealed record Opened(PurposeOfUse Purpose, IReadOnlyList<RecordVersion> Records, AccessDetails Details) : LoggedAccess;

    /// <summary>
    /// The reader encrypted something that does not open, or that is not what the entry commits to. It hides nothing for long: each custodian keeps what it
    /// released on, and gives it to the subject.
    /// </summary>
    public sealed record Unreadable : LoggedAccess;

    /// <summary>Opens an entry.</summary>
    /// <param name="entry">Of type Search or Read, which the caller has found effective.</param>
    /// <param name="logKey">Of the grant that its body names.</param>
    /// <exception cref="ArgumentException">An entry of another type.</exception>
    public static LoggedAccess Open(Entry entry, SymmetricKey logKey)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(logKey);
        if (entry.Type != ConsentEntryTypes.Search && entry.Type != ConsentEntryTypes.Read)
        {
            throw new ArgumentException("Only Search and Read entries say who asked.", nameof(entry));
        }

        if (AccessBody.TryParse(entry.Body) is not { } body
            || AccessDetails.Open(logKey, entry.Nonce.Span, body.SealedDetails.Span) is not { } details
            || Digest.Of(details.Opening.Span) != body.OpeningDigest)
        {
            return new Unreadable();
        }

        return entry.Type == ConsentEntryTypes.Search
            ? SearchOpening.TryParse(details.Opening) is { } search ? new Opened(search.Purpose, [], details) : new Unreadable()
            : ReadOpening.TryParse(details.Opening) is { } read ? new Opened(read.Purpose, read.Records, details) : new Unreadable();
    }
}
