using EhrLedger.Consent.Records;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.Export;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Fhir;

/// <summary>Logs what is about to leave this author's process: a row for each subject and level. The directory's resources need none: they are no patient's.</summary>
internal sealed class ReadLog(AuthorLog log, AuthorReader reader, PatientDirectory patients)
{
    /// <summary>Records that are shown.</summary>
    /// <param name="shown">Opened versions.</param>
    /// <param name="namedPatients">FHIR ids of the patients that the query names; each of their subjects gets a row, hit or not.</param>
    /// <param name="asking">Who.</param>
    /// <param name="cancellationToken">Gives up; then nothing may be shown.</param>
    public Task ShowAsync(IReadOnlyList<OpenedVersion> shown, IEnumerable<string> namedPatients, Asking asking, CancellationToken cancellationToken) =>
        LogAsync(shown, [], [], namedPatients, asking, cancellationToken);

    /// <summary>Records that are shown, beside others that the answer tells to be there.</summary>
    public Task ShowAsync(IReadOnlyList<OpenedVersion> shown, Glimpses glimpses, Asking asking, CancellationToken cancellationToken) =>
        LogAsync(shown, [], glimpses.Found, glimpses.Named, asking, cancellationToken);

    /// <summary>Versions that are shown, beside others that the answer tells to be there.</summary>
    public Task ShowAsync(IReadOnlyList<OpenedVersion> shown, IReadOnlyList<OpenedVersion> told, Glimpses glimpses, Asking asking, CancellationToken cancellationToken) =>
        LogAsync(shown, told, glimpses.Found, glimpses.Named, asking, cancellationToken);

    /// <summary>Nothing is shown, but what is there, or is not, can be told from the answer.</summary>
    public Task TellAsync(Glimpses glimpses, Asking asking, CancellationToken cancellationToken) => LogAsync([], [], glimpses.Found, glimpses.Named, asking, cancellationToken);

    /// <summary>That this version exists is told, and nothing more.</summary>
    public Task TellAsync(OpenedVersion version, Asking asking, CancellationToken cancellationToken) => log.ReadAsync([.. Rows([version], ReadLevel.Counted, asking)], cancellationToken);

    /// <summary>A part of an export: its files may be shown once this has completed, and what is written with it says so.</summary>
    /// <param name="seen">What stands in the part's files; of the directory nothing.</param>
    /// <param name="asking">Who.</param>
    /// <param name="with">In the same transaction.</param>
    /// <param name="cancellationToken">Gives up; then nothing may be shown.</param>
    public Task ExportAsync(IEnumerable<ExportedRecord> seen, Asking asking, Action<SqliteSession> with, CancellationToken cancellationToken) => log.ReadWithAsync(
        [.. seen
            .GroupBy(one => (one.Link, one.Level))
            .SelectMany(of => of.Select(one => one.Record).Distinct().Chunk(ReadRow.MostRecords), (of, records) => new AuthoredRead(of.Key.Link, of.Key.Level, records, asking))],
        with,
        cancellationToken);

    private Task LogAsync(
        IReadOnlyList<OpenedVersion> shown, IReadOnlyList<OpenedVersion> told, IReadOnlyCollection<StoredResource> found, IEnumerable<string> namedPatients, Asking asking, CancellationToken cancellationToken)
    {
        var opened = shown.Concat(told).Select(version => version.Record.Record).ToHashSet();
        var named = namedPatients.Select(patients.FindById).OfType<Patient>().ToHashSet();
        var counted = new List<OpenedVersion>(told);
        foreach (var resource in found.Where(resource => resource.PatientRow != 0 && !opened.Contains(resource.Record)))
        {
            if (reader.Open(resource, resource.CurrentVersion) is { } version)
            {
                counted.Add(version);
            }
            else if (patients.FindByRow(resource.PatientRow) is { } owner)
            {
                // Damaged: under which of the owner's subjects it stands, nobody can say.
                named.Add(owner);
            }
        }

        var reads = Rows(shown, ReadLevel.Opened, asking).Concat(Rows(counted, ReadLevel.Counted, asking)).ToList();
        var seen = reads.Select(read => read.Link).ToHashSet();
        reads.AddRange(named.SelectMany(patient => patient.Subjects.Values).Where(link => !seen.Contains(link)).Select(link => new AuthoredRead(link, ReadLevel.Named, [], asking)));
        return log.ReadAsync(reads, cancellationToken);
    }

    private static IEnumerable<AuthoredRead> Rows(IEnumerable<OpenedVersion> versions, ReadLevel level, Asking asking) => versions
        .Where(version => version.Link is not null)
        .GroupBy(version => version.Link!)
        .SelectMany(of => of.Select(version => version.Record).Distinct().Chunk(ReadRow.MostRecords), (of, records) => new AuthoredRead(of.Key, level, records, asking));
}
