using System.Collections.Concurrent;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;

namespace EhrLedger.Node.Authoring;

/// <summary>
/// All patients with what they are found by, in memory, loaded from sealed rows: answers Patient searches, patient links and conditional creates without a token in the
/// database that two patients could share.
/// </summary>
internal sealed class PatientDirectory(SqliteFile file, StorageKeys keys, IAlarmSink alarms)
{
    private readonly ConcurrentDictionary<string, Patient> _byId = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<long, Patient> _byRow = new();
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<Patient, byte>> _byToken = new(StringComparer.Ordinal);

    public ICollection<Patient> All => _byId.Values;

    public Patient? FindById(string id) => _byId.GetValueOrDefault(id);

    public Patient? FindByRow(long rowId) => _byRow.GetValueOrDefault(rowId);

    /// <summary>Patients that have at least one token of every group.</summary>
    public IReadOnlyCollection<Patient> Find(IReadOnlyList<IReadOnlyList<string>> allOf)
    {
        HashSet<Patient>? found = null;
        foreach (var anyOf in allOf)
        {
            var group = new HashSet<Patient>();
            foreach (var token in anyOf)
            {
                if (_byToken.TryGetValue(token, out var patients))
                {
                    group.UnionWith(patients.Keys);
                }
            }

            if (found is null)
            {
                found = group;
            }
            else
            {
                found.IntersectWith(group);
            }
        }

        return found ?? [.. _byId.Values];
    }

    /// <summary>Reads every patient. Called once, before the node answers.</summary>
    public void Load()
    {
        var counters = file.Read(SubjectCounters.All);
        foreach (var (rowId, bytes) in file.Read(session => session.Query("SELECT Id, Sealed FROM patients WHERE Id <> 0", row => (row.GetInt64(0), row.GetBytes(1)))))
        {
            if (keys.OpenColumn("patient", bytes) is { } plain && PatientState.TryParse(plain) is { } state)
            {
                var patient = new Patient(rowId, state.Id, state.Uid, state.Provisional);
                foreach (var subject in state.Subjects)
                {
                    patient.Subjects[subject.Category] = LinkOf(subject, state.Provisional);
                }

                if (state.Former.Count > 0)
                {
                    patient.TakeOver([.. patient.Subjects.Values], [.. state.Former.Select(subject => LinkOf(subject, provisional: true))]);
                }

                SubjectLink LinkOf(PatientState.KnownSubject subject, bool provisional)
                {
                    var link = new SubjectLink(subject.Category, subject.Subject, subject.Epoch, provisional, rowId);
                    if (counters.TryGetValue(Convert.ToHexString(subject.Subject.Key.ToArray()), out var counter))
                    {
                        (link.NextWrite, link.NextRead) = counter;
                    }

                    return link;
                }

                Add(patient);
                Reindex(patient, state.Identity);
            }
            else
            {
                alarms.Raise(AlarmKind.DamagedRecord, $"The patient in row {rowId} can't be read: none of the patient's records is shown until it is restored.");
            }
        }
    }

    /// <summary>Adds a patient whose row stands in the store.</summary>
    public void Add(Patient patient)
    {
        _byId[patient.Id] = patient;
        _byRow[patient.RowId] = patient;
        Reindex(patient, patient.Identity);
    }

    /// <summary>The patient is found by these tokens from now on.</summary>
    public void Reindex(Patient patient, IReadOnlyList<string> identity)
    {
        var before = patient.Identity;
        patient.Identity = identity;
        foreach (var token in identity)
        {
            _byToken.GetOrAdd(token, _ => new())[patient] = 0;
        }

        foreach (var token in before.Except(identity, StringComparer.Ordinal))
        {
            if (_byToken.TryGetValue(token, out var patients))
            {
                patients.TryRemove(patient, out _);
            }
        }
    }

    /// <summary>The sealed column of a patient as it is now, to be found by these tokens.</summary>
    public byte[] Seal(Patient patient, IReadOnlyList<string> identity) => keys.SealColumn(
        "patient",
        new PatientState(
            patient.Id,
            patient.Uid,
            patient.Provisional,
            [.. patient.Subjects.Values.OrderBy(link => link.Category).Select(Known)],
            [.. patient.Former.Select(Known)],
            identity).Encode());

    private static PatientState.KnownSubject Known(SubjectLink link) => new(link.Category, link.Subject, link.Epoch);
}
