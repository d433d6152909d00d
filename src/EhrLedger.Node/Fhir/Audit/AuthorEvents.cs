using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Views.Audit;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.Provenances;
using EhrLedger.Node.Fhir.Views;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Audit;

/// <summary>
/// What this author has noted: its writes, and its reads as the rows say that the patients are given. Rows that one request has made about one patient are one event, however many of the patient's
/// categories it touched.
/// </summary>
internal sealed class AuthorEvents(SqliteFile file, ReadRows reads, LedgerAnchors anchors, PatientDirectory patients, ServerBase server)
{
    private AuditedEnd Node => new(anchors.Self.ToString(), server.Url);

    // From where it called is not recorded. Where not even the client is, it is this organisation's all the same.
    private AuditedEnd CallerOf(Question? question) => new(anchors.Self.ToString(), null) { Client = question?.Client };

    /// <summary>A write.</summary>
    public Audited? Write(WrittenVersion version)
    {
        if (patients.FindByRow(version.Resource.PatientRow) is not { } patient)
        {
            return null;
        }

        var by = version.Meta.By;
        var made = new AuditedEvent(new WrittenId(version.Key, version.Version).ToString(), $"Patient/{patient.Id}", version.At, new AuditedEnd(anchors.Self.ToString(), null) { Client = by?.Client }, Node, anchors.Self.ToString())
            .Wrote(new ResourceReference(version.Versioned), version.Change, by is null ? null : new AuditedAsker(by.Person, by.Role, by.Purpose));
        return new Audited(patient.Id, made, () => WithAnchor.Of(made, anchors.OfRow(version.Anchor.EntryIndex, version.Anchor.Path)));
    }

    /// <summary>All reads about a patient.</summary>
    /// <param name="patientRow">Whose.</param>
    /// <param name="names">Of the patient's records.</param>
    /// <param name="budget">What is looked at counts in it.</param>
    /// <param name="questions">Gets what was asked, by its digest.</param>
    /// <returns>Null where there are more than the budget has left.</returns>
    public IReadOnlyList<Audited>? Reads(long patientRow, RecordNames names, SearchBudget budget, Dictionary<Digest, Question> questions)
    {
        var places = file.Read(session => session.Query("SELECT Subject FROM subjects WHERE PatientId = $1", row => row.GetBytes(0), patientRow))
            .Select(SubjectOf)
            .SelectMany(reads.PlacesOf)
            .GroupBy(place => place.Batch, place => place.Place)
            .OrderByDescending(batch => batch.Key)
            .ToList();
        if (!budget.Take(places.Count))
        {
            return null;
        }

        var found = new List<Audited>();
        foreach (var ofBatch in places)
        {
            if (reads.FindBatch(ofBatch.Key) is not { } batch)
            {
                continue;
            }

            foreach (var (digest, question) in batch.Questions)
            {
                questions[digest] = question;
            }

            found.AddRange(Group(patientRow, batch, ofBatch, names));
        }

        return found;
    }

    /// <summary>All reads of a batch, the patients side by side.</summary>
    public IEnumerable<Audited> Reads(ReadBatch batch, RecordNames names) => Enumerable.Range(0, batch.Rows.Count)
        .Select(place => (Place: place, Patient: batch.RowAt(place) is { } row ? OwnerOf(row.Subject) : null))
        .Where(one => one.Patient is not null)
        .GroupBy(one => one.Patient!.Value, one => one.Place)
        .SelectMany(ofPatient => Group(ofPatient.Key, batch, ofPatient, names));

    /// <summary>The read whose first row stands there; null where none does.</summary>
    public Audited? Read(ulong batchNumber, int place, RecordNames names) => reads.FindBatch(batchNumber) is { } batch
        && batch.RowAt(place) is { } row
        && OwnerOf(row.Subject) is { } patientRow
            ? Group(patientRow, batch, Enumerable.Range(0, batch.Rows.Count).Where(other => batch.RowAt(other) is { } beside && beside.QueryDigest == row.QueryDigest && OwnerOf(beside.Subject) == patientRow), names)
                .FirstOrDefault(found => found.Event.Id == IdOf(batchNumber, place))
            : null;

    public static string IdOf(ulong batch, int place) => $"r-{batch}-{place}";

    private IEnumerable<Audited> Group(long patientRow, ReadBatch batch, IEnumerable<int> places, RecordNames names)
    {
        if (patients.FindByRow(patientRow) is not { } patient)
        {
            yield break;
        }

        foreach (var request in places.Order().Select(place => (Place: place, Row: batch.RowAt(place))).Where(one => one.Row is not null).GroupBy(one => one.Row!.QueryDigest))
        {
            var rows = request.ToList();
            var level = rows.Max(one => one.Row!.Level);

            // The row that says most: where it stands is where the event does.
            var lead = rows.First(one => one.Row!.Level == level);
            var told = rows.Where(one => one.Row!.Level == level).SelectMany(one => one.Row!.Records).Distinct().ToList();
            var question = batch.Questions.GetValueOrDefault(request.Key);
            var made = new AuditedEvent(IdOf(batch.Number, rows[0].Place), $"Patient/{patient.Id}", batch.At, CallerOf(question), Node, anchors.Self.ToString()).Asked(
                question?.Text,
                new AuditedAsker(lead.Row!.Person, lead.Row.Role, lead.Row.Purpose.Code),
                [.. told.Select(record => names.Of(patientRow, record))],
                level == ReadLevel.Opened);
            yield return new Audited(patient.Id, made, () => WithAnchor.Of(made, anchors.OfRow(batch.Number, batch.PathOf(lead.Place))));
        }
    }

    private long? OwnerOf(SubjectId subject) =>
        file.Read(session => session.Find("SELECT PatientId FROM subjects WHERE Subject = $1", row => (long?)row.GetInt64(0), subject.Key.ToArray()));

    private static SubjectId SubjectOf(byte[] bytes) =>
        Ed25519PublicKey.TryFromBytes(bytes, out var key) ? new SubjectId(key) : throw new InvalidOperationException("A subject of the table is no key.");
}
