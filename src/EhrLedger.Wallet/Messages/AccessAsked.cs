using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Wallet.Messages;

/// <summary>An organisation asks for access. It is not proven before the grant: then its node must show keys that its key on the ledger has signed.</summary>
/// <param name="Request">What the organisation knows the request by: 16 bytes.</param>
/// <param name="Organisation">Who asks.</param>
/// <param name="Purposes">What for; those that are no codes are left out.</param>
/// <param name="Categories">Which records; those that are not known here are left out.</param>
/// <param name="Days">For how long, from the approval.</param>
/// <param name="Text">The organisation's own words; may be empty.</param>
/// <param name="ReceivedAt">When it arrived here.</param>
public sealed record AccessAsked(
    ReadOnlyMemory<byte> Request, OrganisationId Organisation, IReadOnlyList<PurposeOfUse> Purposes, IReadOnlyList<Category> Categories, int Days, string Text, DateTimeOffset ReceivedAt);

/// <summary>What the patient allows on a request: as asked, or narrower.</summary>
/// <param name="Relationships">Which organisations' records: indices of connections; at least one.</param>
/// <param name="Categories">Of those asked for.</param>
/// <param name="Purposes">Of those asked for.</param>
/// <param name="Days">At most as many as asked for, beginning today.</param>
/// <param name="Future">Whether records that are yet to come are included.</param>
public sealed record Approval(IReadOnlyCollection<uint> Relationships, IReadOnlyCollection<Category> Categories, IReadOnlyList<PurposeOfUse> Purposes, int Days, bool Future);

/// <summary>A hint that somebody has read; what counts is the access log.</summary>
/// <param name="Organisation">Who says so: the author of the records.</param>
/// <param name="Relationship">Which connection.</param>
/// <param name="Category">Which records.</param>
/// <param name="Index">Of the Read entry on the ledger.</param>
public sealed record ReadNoticed(OrganisationId Organisation, uint Relationship, Category Category, ulong Index);

/// <summary>What came with the messages.</summary>
/// <param name="Requests">New requests for access.</param>
/// <param name="Notices">Hints of reads.</param>
/// <param name="Texts">What people at the organisations have written.</param>
/// <param name="IsComplete">Whether every organisation answered.</param>
public sealed record MessagesChecked(IReadOnlyList<AccessAsked> Requests, IReadOnlyList<ReadNoticed> Notices, IReadOnlyList<TextReceived> Texts, bool IsComplete);

/// <summary>Text from an organisation.</summary>
/// <param name="Organisation">Whose.</param>
/// <param name="Id">Of the message.</param>
/// <param name="Text">As it was written; unproven.</param>
/// <param name="ReceivedAt">By this device's clock.</param>
public sealed record TextReceived(OrganisationId Organisation, string Id, string Text, DateTimeOffset ReceivedAt);

/// <summary>What came of an invitation.</summary>
public enum MeetOutcome
{
    /// <summary>The organisation's messages reach this wallet from now on.</summary>
    Met = 1,

    /// <summary>The invitation offers no messages.</summary>
    NotOffered = 2,

    /// <summary>It is for another consortium, or its organisation is no member.</summary>
    OrganisationUnknown = 3,

    /// <summary>It was used before, by another wallet, or is too old.</summary>
    Refused = 4,

    /// <summary>No answer: it may be tried again.</summary>
    Unavailable = 5,
}
