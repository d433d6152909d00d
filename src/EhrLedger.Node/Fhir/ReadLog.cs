using EhrLedger.Consent.Records;
using EhrLedger.Node.Authoring;

namespace EhrLedger.Node.Fhir;

/// <summary>Logs what is about to leave this author's process: a row for each subject.</summary>
internal sealed class ReadLog(AuthorLog log, PatientDirectory patients)
{
    /// <summary>Records that are shown. The directory's need no row: they are no patient's.</summary>
    /// <param name="shown">Opened versions.</param>
    /// <param name="namedPatients">FHIR ids of the patients that the query names; each of their subjects gets a row, hit or not.</param>
    /// <param name="asking">Who.</param>
    /// <param name="cancellationToken">Gives up; then nothing may be shown.</param>
    public Task ShowAsync(IEnumerable<OpenedVersion> shown, IEnumerable<string> namedPatients, Asking asking, CancellationToken cancellationToken)
    {
        var reads = shown
            .Where(version => version.Link is not null)
            .GroupBy(version => version.Link!)
            .Select(of => new AuthoredRead(of.Key, ReadLevel.Opened, [.. of.Select(version => version.Record)], asking))
            .ToList();
        var opened = reads.Select(read => read.Link).ToHashSet();
        foreach (var link in namedPatients.Select(patients.FindById).OfType<Patient>().SelectMany(patient => patient.Subjects.Values).Where(link => !opened.Contains(link)))
        {
            reads.Add(new AuthoredRead(link, ReadLevel.Named, [], asking));
        }

        return log.ReadAsync(reads, cancellationToken);
    }
}
