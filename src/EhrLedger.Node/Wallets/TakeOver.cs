using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;

namespace EhrLedger.Node.Wallets;

/// <summary>
/// A wallet takes over a patient's provisional subjects: everything is sealed anew to the wallet's own, the wallet is told the old rows, and the provisional seed is
/// destroyed. It may be stopped anywhere: <see cref="ResumeAsync"/> finishes what was begun.
/// </summary>
internal sealed class TakeOver(
    OrganisationId self,
    Digest genesis,
    SqliteFile file,
    ReadRows reads,
    PatientDirectory patients,
    SealingKeys sealing,
    TakeOverCodes codes,
    Resealer resealer,
    IAlarmSink alarms) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Connects a wallet. Null for a code that does not work, or subjects that are not the wallet's own.</summary>
    public async Task<byte[]?> ConnectAsync(Connection connection, CancellationToken cancellationToken)
    {
        var categories = connection.Subjects.Select(subject => subject.Category).ToHashSet();
        if (!Enum.GetValues<Category>().All(categories.Contains) || !connection.Subjects.All(subject => subject.Verifies(genesis, self, connection.Code)))
        {
            return null;
        }

        await _one.WaitAsync(cancellationToken);
        try
        {
            var wallet = Digest.Of([.. connection.Subjects.OrderBy(subject => subject.Category).SelectMany(subject => subject.Subject.Key.ToArray())]);
            if (codes.Find(connection.Code, wallet) is not var (patientId, answered) || patients.FindById(patientId) is not { } patient)
            {
                return null;
            }

            if (answered is { } before && !patient.Provisional)
            {
                await FinishAsync(patient, CancellationToken.None);
                return before.ToArray();
            }

            // A patient whose wallet has taken over before gets no second one this way: it restores from its phrase.
            return patient.Provisional && !connection.Subjects.Any(subject => patients.All.Any(other => other.Find(subject.Subject) is not null))
                ? await TakeAsync(patient, connection, wallet)
                : null;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Finishes take-overs that a stop interrupted. Never throws: one that fails raises an alarm, and the others go on.</summary>
    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        foreach (var patient in patients.All.Where(patient => patient.Former.Count > 0).ToList())
        {
            try
            {
                await FinishAloneAsync(patient, cancellationToken);
            }
#pragma warning disable CA1031 // Nobody waits for this: whatever it is, it is told here or not at all.
            catch (Exception broken)
#pragma warning restore CA1031
            {
                if (cancellationToken.IsCancellationRequested)
                {
                    return;
                }

                alarms.Raise(AlarmKind.TakeOverUnfinished, $"The records of patient row {patient.RowId} could not all be sealed to the wallet's keys ({broken.GetType().Name}): some are still sealed to provisional ones.");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task FinishAloneAsync(Patient patient, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            await FinishAsync(patient, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task FinishAsync(Patient patient, CancellationToken cancellationToken)
    {
        if (patient.Former.Count > 0)
        {
            await resealer.FinishAsync(patient, cancellationToken);
            Save(patient);
        }
    }

    // A take-over that was interrupted may have numbered rows of these subjects already.
    private SubjectLink LinkOf(ConnectedSubject subject, long patientRow)
    {
        reads.Follow();
        var (write, read) = file.Read(session => SubjectCounters.Of(session, subject.Subject.Key.ToArray()));
        return new SubjectLink(subject.Category, subject.Subject, subject.Epoch, provisional: false, patientRow)
        {
            NextWrite = write,
            NextRead = read,
        };
    }

    private void Save(Patient patient) =>
        file.Write(session => session.Execute("UPDATE patients SET Sealed = $1 WHERE Id = $2", patients.Seal(patient, patient.Identity), patient.RowId));

    private async Task<byte[]> TakeAsync(Patient patient, Connection connection, Digest wallet)
    {
        foreach (var subject in connection.Subjects)
        {
            sealing.KeepSubject(subject.Subject, subject.Epoch, subject.SealingKey, subject.SelfKey);
            sealing.KeepIndexKey(subject.Subject, subject.Epoch, subject.IndexKey.Span);
        }

        await patient.CloseAsync();
        byte[] answer;
        try
        {
            var former = patient.Subjects.Values.ToList();
            var rows = former.Select(link => new ProvisionalSubject(link.Subject, resealer.RowsOf(link.Subject))).Where(old => old.Rows.Count > 0).ToList();
            answer = new Connected($"Patient/{patient.Id}", (ulong)rows.Sum(old => old.Rows.Count), rows).Encode();

            // From here on the code is this wallet's: whatever happens next, its repeated call comes to the same end.
            codes.Use(connection.Code, wallet, answer);
            patient.TakeOver(connection.Subjects.Select(subject => LinkOf(subject, patient.RowId)), former);
            try
            {
                Save(patient);
            }
            catch (StoreFailedException)
            {
                patient.UndoTakeOver();
                throw;
            }
        }
        finally
        {
            patient.Reopen();
        }

        await FinishAsync(patient, CancellationToken.None);
        return answer;
    }
}
