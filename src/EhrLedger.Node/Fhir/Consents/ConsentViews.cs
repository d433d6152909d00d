using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Fhir.Views.Consents;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Agents;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.Views;
using EhrLedger.Node.Reading;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Consents;

/// <summary>
/// The grants that this organisation holds and that are in force. One that was revoked, has lapsed, or was made to somebody else is as one that never was: who else a patient shares with this node does not know,
/// and what of it everybody sees on the ledger it does not show.
/// </summary>
/// <remarks>Ids (docs/decisions/0025): <c>c-</c> and the grant's id. A grant's terms never change, so that there is one version.</remarks>
internal sealed class ConsentViews(HeldGrants grants, LogReplica replica, LedgerAnchors anchors, ConsentDesk desk, ReadLog readLog) : IViews
{
    /// <inheritdoc/>
    public string Type => "Consent";

    /// <inheritdoc/>
    public bool HasVersions => true;

    /// <inheritdoc/>
    public bool Owns(string id) => GrantOf(id) is not null;

    /// <inheritdoc/>
    public async Task<ForeignAnswer> FindAsync(IReadOnlyCollection<string> ids, IForeignRecords granted, Asking asking, CancellationToken cancellationToken)
    {
        var wanted = ids.Select(GrantOf).OfType<GrantId>().ToHashSet();
        return await ShowAsync([.. Given().Where(held => wanted.Contains(held.Access.Grant)).Select(Make).OfType<Made>()], [], asking, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ForeignAnswer> SearchAsync(SearchQuery query, IForeignRecords granted, Asking asking, SearchBudget budget, CancellationToken cancellationToken)
    {
        var owners = AuthorSearch.Owners(query);
        var asked = Given().Where(held => owners?.Contains(PatientOf(held)) is not false).ToList();
        return budget.Take(asked.Count)
            ? await ShowAsync([.. asked.Select(Make).OfType<Made>().Where(one => SearchEvaluator.Matches(one.Shown, query)).OrderByDescending(one => one.Shown.Meta!.LastUpdated)], query.NamedPatients, asking, cancellationToken)
            : new ForeignAnswer.TooMany();
    }

    /// <inheritdoc/>
    public IEnumerable<Resource> Follow(IReadOnlyList<Resource> from, IReadOnlyList<SearchInclude> includes, Asking asking) => [];

    // What was opened in an emergency, nobody has consented to.
    private IEnumerable<HeldGrant> Given() => grants.Active().Where(held => !held.IsEmergency);

    private async Task<ForeignAnswer> ShowAsync(IReadOnlyList<Made> made, IReadOnlyCollection<string> named, Asking asking, CancellationToken cancellationToken)
    {
        var seen = made.Where(one => asking.Access.Sees(asking.Needs, one.Shown, one.Patient)).ToList();

        // Whom the question names is logged with the answer, found or not.
        var told = new Glimpses();
        told.Name(seen.Select(one => one.Patient).Except(named, StringComparer.Ordinal));
        await readLog.TellAsync(told, asking, cancellationToken);
        return new ForeignAnswer.Shown([.. seen.Select(one => one.Shown)], Reach.All);
    }

    /// <summary>Null if it has ended just now.</summary>
    private Made? Make(HeldGrant held)
    {
        var access = held.Access;
        if ((replica.FindTopic(access.Subject.Topic)?.State as SubjectState)?.FindGrant(access.Grant) is not { } open)
        {
            return null;
        }

        var leaf = replica.FindLeaf(open.GrantedAt) is { } stored ? Leaf.TryParse(stored.Bytes) : null;
        var consent = new GrantConsent(
            IdOf(access.Grant),
            held.PatientLink,
            access.Author.ToString(),
            grants.Self.ToString(),
            DateTimeOffset.FromUnixTimeMilliseconds((long)(leaf?.Time ?? 0)),
            DayOf(open.Days.First),
            DayOf(open.Days.Last),
            access.Category.ToString(),
            [.. access.Terms.Purposes.Select(purpose => purpose.Code).Order(StringComparer.Ordinal)],
            access.Terms.Records?.Select(record => record.ToString()!).ToList(),
            access.Terms.Future)
        { AskedBy = desk.AskedOf(PatientOf(held)).FirstOrDefault(asked => asked.Grants.Contains(access.Grant.ToString(), StringComparer.Ordinal))?.Consent }.ToConsent(anchors.SignatureAt(open.GrantedAt), anchors.OfEntry(open.GrantedAt));
        return new Made(PatientOf(held), consent);
    }

    private static string PatientOf(HeldGrant held) => FhirReference.Parse(held.PatientLink)?.Id ?? "";

    private static DateOnly DayOf(uint day) => DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays((int)day);

    public static string IdOf(GrantId grant) => $"c-{grant}";

    private static GrantId? GrantOf(string id) =>
        id.Length == 2 + (2 * GrantId.Length) && id.StartsWith("c-", StringComparison.Ordinal) && id.Skip(2).All(char.IsAsciiHexDigitLower) ? GrantId.FromBytes(Convert.FromHexString(id.AsSpan(2))) : null;

    private sealed record Made(string Patient, Hl7.Fhir.Model.Consent Shown);
}
