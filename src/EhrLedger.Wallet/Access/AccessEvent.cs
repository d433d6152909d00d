using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.Findings;
using EhrLedger.Wallet.Records;

namespace EhrLedger.Wallet.Access;

/// <summary>Somebody looked: one line of the access log.</summary>
/// <param name="Kind">How.</param>
/// <param name="Time">When the ledger got it, as proven; null for an author's read that is not final yet.</param>
/// <param name="Index">Index of the entry (for an author's read, of its batch's entry).</param>
/// <param name="Category">Which records.</param>
/// <param name="Author">Who wrote them.</param>
/// <param name="Grant">Under which grant or emergency; null for the author's own reads.</param>
/// <param name="Organisation">Who looked, as far as that is known.</param>
/// <param name="OrganisationProven">Whether the organisation has signed that the reader key is its own. The author's own reads are signed by the author.</param>
/// <param name="Person">Who in the organisation; empty where it can't be read.</param>
/// <param name="Role">In what role.</param>
/// <param name="Purpose">What for; null where it can't be read.</param>
/// <param name="Records">Which records; empty for a search, and where it can't be read.</param>
/// <param name="Level">For the author's own reads: how much left its process.</param>
/// <param name="Readable">Whether the reader's own words open. If not, purpose and records are what a custodian was shown.</param>
/// <param name="Releases">Custodians that say that they released shares on it, with when.</param>
public sealed record AccessEvent(
    AccessKind Kind,
    DateTimeOffset? Time,
    ulong? Index,
    Category Category,
    OrganisationId Author,
    GrantId? Grant,
    OrganisationId? Organisation,
    bool OrganisationProven,
    string Person,
    string Role,
    PurposeOfUse? Purpose,
    IReadOnlyList<RecordVersion> Records,
    ReadLevel? Level,
    bool Readable,
    IReadOnlyList<ReleaseSeen> Releases)
{
    /// <summary>How exports name a delegate whose name can't be read.</summary>
    internal const string SomeDelegate = "Somebody who acts for the patient";

    /// <summary>What the patient calls the delegate who has given the grant, empty where that can't be read; null where the patient has given it.</summary>
    public string? GrantedBy { get; init; }
}

/// <summary>How somebody looked.</summary>
public enum AccessKind
{
    /// <summary>A grantee asked which records match.</summary>
    Searched = 1,

    /// <summary>A grantee opened records.</summary>
    Read = 2,

    /// <summary>The author read its own records.</summary>
    AuthorRead = 3,

    /// <summary>An organisation declared an emergency: it may search and read for 24 hours. Person and role are of the first of the two who asked.</summary>
    EmergencyDeclared = 4,

    /// <summary>An organisation asked in an emergency which records match.</summary>
    EmergencySearched = 5,

    /// <summary>An organisation opened records in an emergency.</summary>
    EmergencyRead = 6,
}

/// <summary>A custodian's word that it released shares.</summary>
/// <param name="Custodian">Who.</param>
/// <param name="Time">When, by its clock.</param>
public sealed record ReleaseSeen(OrganisationId Custodian, DateTimeOffset Time);

/// <summary>Who looked at the patient's records at one organisation.</summary>
/// <param name="Events">In the order of time; what is not final yet comes last.</param>
/// <param name="Complete">Whether nothing can be missing: every topic whole, every row there, enough members heard.</param>
/// <param name="AsOf">When a quorum last cosigned the log that this rests on; null if none ever did for this wallet.</param>
/// <param name="Fresh">Whether that is less than ten minutes ago.</param>
/// <param name="Findings">What is wrong.</param>
public sealed record AccessLog(IReadOnlyList<AccessEvent> Events, bool Complete, DateTimeOffset? AsOf, bool Fresh, IReadOnlyList<Finding> Findings);

/// <summary>What was found out about one category at one organisation.</summary>
/// <param name="Events">Who looked.</param>
/// <param name="Findings">What is wrong with that.</param>
/// <param name="Records">The patient's own records, with what is wrong with them.</param>
public sealed record SubjectRead(IReadOnlyList<AccessEvent> Events, IReadOnlyList<Finding> Findings, OwnRecords Records);
