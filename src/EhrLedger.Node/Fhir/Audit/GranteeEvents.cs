using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Reads;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Views.Audit;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.Views;
using EhrLedger.Node.Reading;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Audit;

/// <summary>
/// What the ledger has of this organisation as a grantee: grants to it and their revocations, emergencies that it declared and their disputes, and what it searched and read under them. Of other grants by the same patients nothing is looked at but the
/// numbers that everybody sees.
/// </summary>
internal sealed class GranteeEvents(LogReplica replica, HeldGrants grants, LedgerAnchors anchors, ServerBase server)
{
    private const int Portion = 128;

    /// <summary>All events under grants about one patient, or about all.</summary>
    /// <param name="patient">FHIR id; null for all.</param>
    /// <param name="budget">What is looked at counts in it.</param>
    /// <param name="questions">What was asked, by its digest, as far as it is known.</param>
    /// <returns>Null where there is more than the budget has left.</returns>
    public IReadOnlyList<Audited>? Find(string? patient, SearchBudget budget, IReadOnlyDictionary<Digest, Question> questions)
    {
        var found = new List<Audited>();
        foreach (var ofSubject in grants.All.Where(held => patient is null || held.PatientLink == $"Patient/{patient}").GroupBy(held => held.Access.Subject))
        {
            for (ulong number = 0; ;)
            {
                var leaves = replica.ReadTopic(ofSubject.Key.Topic, number, Portion);
                if (!budget.Take(leaves.Count))
                {
                    return null;
                }

                found.AddRange(leaves.Select(leaf => EventOf(leaf, questions)).OfType<Audited>());
                if (leaves.Count < Portion)
                {
                    break;
                }

                number += (ulong)leaves.Count;
            }
        }

        return found;
    }

    /// <summary>The event of one entry; null where there is none, or it is not about a grant of this organisation's.</summary>
    public Audited? At(ulong index, IReadOnlyDictionary<Digest, Question> questions) => replica.FindLeaf(index) is { } stored ? EventOf(stored, questions) : null;

    /// <summary>The local patient whom an entry is about, as <see cref="At"/> would say.</summary>
    public string? PatientAt(ulong index) => At(index, new Dictionary<Digest, Question>())?.Patient;

    public static string IdOf(ulong index) => $"e-{index}";

    private Audited? EventOf(StoredLeaf stored, IReadOnlyDictionary<Digest, Question> questions)
    {
        if (!stored.Effective || Leaf.TryParse(stored.Bytes) is not { } leaf || Entry.TryParse(leaf.Entry) is not { } entry || GrantOf(entry) is not { } id || grants.Find(id) is not { } held || held.Access.Subject.Topic != entry.Topic)
        {
            return null;
        }

        var at = DateTimeOffset.FromUnixTimeMilliseconds((long)leaf.Time);
        var author = held.Access.Author;
        var audited = new AuditedEvent(
            IdOf(leaf.Index), held.PatientLink, at, new AuditedEnd(anchors.Self.ToString(), server.Url), new AuditedEnd(author.ToString(), replica.Members.Find(author)?.Endpoint), anchors.Self.ToString());
        var ended = entry.Type == ConsentEntryTypes.Revoked || entry.Type == ConsentEntryTypes.DelegateEndedGrant;
        var made = ended || GrantBody.Find(entry) is not null
            ? audited.Granted(new ResourceReference { Identifier = new Identifier("urn:ehrledger:grant", id.ToString()) }, ended)
            : entry.Type == ConsentEntryTypes.EmergencyAccess || entry.Type == ConsentEntryTypes.EmergencyDisputed ? Emergency(audited, entry, id)
            : LoggedAccess.Open(entry, held.Access.LogKey) is LoggedAccess.Opened opened ? Asked(audited, entry.Type, opened, questions)
            : null;
        return made is null ? null : new Audited(FhirReference.Parse(held.PatientLink)?.Id ?? "", made, () => WithAnchor.Of(made, anchors.OfEntry(leaf.Index)));
    }

    private AuditEvent Emergency(AuditedEvent audited, Entry entry, GrantId id) => audited.Emergency(
        new ResourceReference { Identifier = new Identifier("urn:ehrledger:grant", id.ToString()) },
        EmergencyAccess.TryParse(entry.Body)?.Reason.ToCode(),
        [.. (grants.FindAccount(id)?.Requesters ?? []).Select(person => new AuditedAsker(person.Name, person.Role, PurposeOfUse.BreakTheGlass.Code))]);

    private static AuditEvent Asked(AuditedEvent audited, EntryType type, LoggedAccess.Opened opened, IReadOnlyDictionary<Digest, Question> questions)
    {
        var asker = new AuditedAsker(opened.Details.Person, opened.Details.Role, opened.Purpose.Code);
        return type == ConsentEntryTypes.Search
            ? audited.Searched("search-type", questions.GetValueOrDefault(opened.Details.QueryDigest)?.Text, asker, [])
            : audited.Read("read", asker, [.. opened.Records.Select(record => RecordNames.Of(record.Record)).DistinctBy(record => record.Identifier!.Value)], shown: true);
    }

    private static GrantId? GrantOf(Entry entry) =>
        GrantBody.Find(entry) is { } body ? body.Id
        : entry.Type == ConsentEntryTypes.Revoked ? Revoked.TryParse(entry.Body)?.Grant
        : entry.Type == ConsentEntryTypes.DelegateEndedGrant ? DelegateEndedGrant.TryParse(entry.Body)?.Grant
        : entry.Type == ConsentEntryTypes.EmergencyAccess ? EmergencyAccess.TryParse(entry.Body)?.Grant
        : entry.Type == ConsentEntryTypes.EmergencyDisputed ? EmergencyDisputed.TryParse(entry.Body)?.Grant
        : entry.Type == ConsentEntryTypes.Search || entry.Type == ConsentEntryTypes.Read ? AccessBody.TryParse(entry.Body)?.Grant
        : null;
}
