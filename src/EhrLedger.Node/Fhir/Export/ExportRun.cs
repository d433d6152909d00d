using EhrLedger.Crypto;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Sharing;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Reading;
using EhrLedger.Node.Storage;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Export;

/// <summary>
/// Carries an export out: patient by patient, own records and granted ones, then the directory. After each part its rows of reads and the new state of the export are written in one transaction: a part that is
/// not logged is not there, one that is logged is not done again.
/// </summary>
internal sealed class ExportRun(
    ExportStore store, AuthorReader reader, PatientDirectory patients, Sight sight, ReadLog readLog, IForeignRecords foreign, HeldGrants grants, ServerBase server, TimeProvider time)
{
    public static readonly IReadOnlyList<string> AllTypes = [.. ModelInfo.SupportedResources.Where(FhirFeature.IsType).Order(StringComparer.Ordinal)];

    /// <summary>Runs to its end.</summary>
    /// <param name="job">As far as it is.</param>
    /// <param name="progress">Told how many patients are done, and of how many.</param>
    /// <param name="bounds">Of files and parts.</param>
    /// <param name="cancellationToken">Stops it; what is logged stays.</param>
    public async System.Threading.Tasks.Task RunAsync(ExportJob job, Action<int, int> progress, ExportBounds bounds, CancellationToken cancellationToken)
    {
        PrivateFile.CreateFolder(store.FolderOf(job.Name));
        store.RemoveStrays(job);
        using var key = SymmetricKey.FromBytes(job.Key.Span);
        var asking = job.AskingWithin(server);
        var filter = new ExportFilter(job, asking, sight, server);
        var part = new ExportPart(store.FolderOf(job.Name), key, bounds);
        try
        {
            foreach (var step in Steps(job, asking, filter, progress))
            {
                cancellationToken.ThrowIfCancellationRequested();
                job = await step(part, job, cancellationToken);
                if (part.IsFull)
                {
                    job = await CommitAsync(part, job, cancellationToken);
                    part.Dispose();
                    part = new ExportPart(store.FolderOf(job.Name), key, bounds);
                }
            }

            await CommitAsync(part, job with { State = ExportState.Done, Ended = time.GetUtcNow() }, cancellationToken);
        }
        finally
        {
            part.Dispose();
        }
    }

    private async Task<ExportJob> CommitAsync(ExportPart part, ExportJob job, CancellationToken cancellationToken)
    {
        job = job with { Files = [.. job.Files, .. part.Complete()] };
        await readLog.ExportAsync(part.Seen, job.Asking, session => store.Save(session, job), cancellationToken);
        return job;
    }

    /// <summary>What is left to do: a patient, or a type of the directory. Each gives the job as it then is.</summary>
    private IEnumerable<Func<ExportPart, ExportJob, CancellationToken, Task<ExportJob>>> Steps(ExportJob job, Asking asking, ExportFilter filter, Action<int, int> progress)
    {
        var all = (job.Scope.Patients?.Select(patients.FindById).OfType<Authoring.Patient>() ?? patients.All)
            .Where(patient => asking.Access.OnlyPatient is null || asking.Access.OnlyPatient == patient.Id).OrderBy(patient => patient.RowId).ToList();
        var granted = grants.Active().Where(grant => grant.Access.Terms.Allows(job.Asking.Purpose)).Select(grant => grant.PatientLink).ToHashSet(StringComparer.Ordinal);
        var entries = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < all.Count; i++)
        {
            var patient = all[i];
            progress(i, all.Count);
            if (patient.RowId > job.PatientsDone)
            {
                yield return async (part, now, cancellationToken) =>
                {
                    AddOwn(part, reader.All(patient.RowId), filter, now.Started, cancellationToken);
                    if (granted.Contains($"Patient/{patient.Id}"))
                    {
                        await AddGrantedAsync(part, patient.Id, filter, now.Scope.Types, asking, entries, cancellationToken);
                    }

                    return now with { PatientsDone = patient.RowId };
                };
            }
        }

        progress(all.Count, all.Count);

        // What no patient owns is asked for by the system's export, or by its type's name.
        var types = job.Scope.Types?.Order(StringComparer.Ordinal).ToList() ?? (job.Scope.IsSystem ? AllTypes : []);
        for (var i = job.TypesDone; i < types.Count; i++)
        {
            var (type, done) = (types[i], i + 1);
            yield return (part, now, cancellationToken) =>
            {
                AddOwn(part, reader.Candidates(0, [[$"_type|{type}"]]).OrderBy(stored => stored.RowId), filter, now.Started, cancellationToken);
                return System.Threading.Tasks.Task.FromResult(now with { TypesDone = done });
            };
        }
    }

    private void AddOwn(ExportPart part, IEnumerable<StoredResource> resources, ExportFilter filter, DateTimeOffset started, CancellationToken cancellationToken)
    {
        foreach (var stored in resources)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (version, damaged) = AsOf(stored, started);
            if (damaged)
            {
                if (!filter.TakesDamaged)
                {
                    continue;
                }

                part.Warn(Outcome.Error(OperationOutcome.IssueType.Exception, "A stored record is damaged and left out. The operator has been told."));
            }
            else if (version is { Deleted: true })
            {
                if (filter.TakesDeleted(version))
                {
                    part.TellDeleted(version);
                }
            }
            else if (version is not null && !stored.Deleted && filter.Takes(version))
            {
                part.Show(version);
            }
        }
    }

    /// <summary>The newest version that was there then; none for what was written later.</summary>
    private (OpenedVersion? Version, bool Damaged) AsOf(StoredResource stored, DateTimeOffset started)
    {
        for (var number = stored.CurrentVersion; number > 0; number--)
        {
            if (reader.Open(stored, number) is not { } version)
            {
                return (null, true);
            }

            if (version.LastUpdated <= started)
            {
                return (version, false);
            }
        }

        return (null, false);
    }

    private async System.Threading.Tasks.Task AddGrantedAsync(
        ExportPart part, string patientId, ExportFilter filter, IReadOnlyList<string>? types, Asking asking, HashSet<string> entries, CancellationToken cancellationToken)
    {
        switch (await foreign.EverythingAsync(patientId, types, null, asking, cancellationToken))
        {
            case ForeignAnswer.Shown(var resources, var reach):
                foreach (var resource in resources.Where(filter.Takes))
                {
                    // An entry of a member's directory comes with each patient that names it.
                    if (!SharingTable.Has(resource.TypeName) || entries.Add($"{resource.TypeName}/{resource.Id}"))
                    {
                        part.Show(resource);
                    }
                }

                if (reach != Reach.All)
                {
                    part.Warn(Outcome.Warning(OperationOutcome.IssueType.Incomplete, $"Granted records of Patient/{patientId} may be missing: other organisations' nodes did not answer."));
                }

                break;
            default:
                part.Warn(Outcome.Warning(OperationOutcome.IssueType.TooCostly, $"Granted records of Patient/{patientId} are left out: there are too many under one grant. Search by type."));
                break;
        }
    }
}
