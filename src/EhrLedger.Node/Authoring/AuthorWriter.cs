using EhrLedger.Consent.Index;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;

namespace EhrLedger.Node.Authoring;

/// <summary>
/// Seals what a hospital writes, all or none of a request: finds or makes the patients and subjects, numbers the versions, seals on the caller's thread, and hands it all to the group commit.
/// </summary>
internal sealed class AuthorWriter(
    SqliteFile file, StorageKeys keys, PatientDirectory patients, SealingKeys sealing, RecordSealer sealer, AuthorReader reader, AuthorLog log, Deposits deposits, TimeProvider time)
{
    private const string ContentType = "application/fhir+json";

    private readonly KeyedLocks _locks = new();
    private readonly Lock _rows = new();
    private long _lastPatientRow = file.Read(session => session.Find("SELECT MAX(Id) FROM patients", row => row.IsNull(0) ? 0 : row.GetInt64(0)));

    /// <summary>Writes all of them, or none.</summary>
    /// <param name="intents">Each of another resource.</param>
    /// <param name="by">Who sends them: kept beside each version, for the organisation's own log.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<WriteOutcome> WriteAsync(IReadOnlyList<WriteIntent> intents, Asking by, CancellationToken cancellationToken)
    {
        var resourceKeys = intents.Select(intent => reader.KeyOf(intent.Type, intent.Id)).ToArray();
        using var held = await _locks.AcquireAsync(resourceKeys, cancellationToken);
        var stored = resourceKeys.Select(reader.FindByKey).ToArray();
        WriteOutcome.Refused Refuse(WriteRefusal reason, int intent) => new(reason, intent, [.. stored.OfType<StoredResource>()]);
        for (var i = 0; i < intents.Count; i++)
        {
            if (intents[i].IfVersion is { } expected && stored[i]?.CurrentVersion != expected)
            {
                return Refuse(WriteRefusal.OtherVersion, i);
            }

            if (intents[i].IfAbsent && stored[i] is { Deleted: false })
            {
                return Refuse(WriteRefusal.AlreadyThere, i);
            }

            if (intents[i].Refusal is { } refusal)
            {
                return Refuse(refusal, i);
            }
        }

        var owners = FindOwners(intents);
        if (Array.FindIndex(owners, owner => owner is Owner.Unknown) is >= 0 and var unknown)
        {
            return Refuse(WriteRefusal.UnknownPatient, unknown);
        }

        // What was written about one patient, and is known to that patient's grantees, can't become another's.
        if (Array.FindIndex(stored, (resource) => resource is not null) >= 0
            && Enumerable.Range(0, intents.Count).FirstOrDefault(i => stored[i] is { } before && before.PatientRow != ((owners[i] as Owner.Of)?.Patient.RowId ?? 0), -1) is >= 0 and var moved)
        {
            return Refuse(WriteRefusal.OtherOwner, moved);
        }

        // Milliseconds are what FHIR instants and headers carry: what is stored is what is shown.
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        var touched = owners.OfType<Owner.Of>().Select(owner => owner.Patient).Distinct().OrderBy(patient => patient.RowId).ToList();
        var entered = 0;
        try
        {
            foreach (var patient in touched)
            {
                await patient.EnterAsync(cancellationToken);
                entered++;
                await MakeSubjectsAsync(patient, [.. intents.Where((_, i) => owners[i] is Owner.Of of && of.Patient == patient).Select(intent => intent.Category).Distinct()], cancellationToken);
            }

            return await WriteAsync(intents, resourceKeys, stored, owners, touched, by.Writer, now, cancellationToken);
        }
        finally
        {
            foreach (var patient in touched.Take(entered))
            {
                patient.Leave();
            }
        }
    }

    private async Task<WriteOutcome> WriteAsync(
        IReadOnlyList<WriteIntent> intents, byte[][] resourceKeys, StoredResource?[] stored, Owner[] owners, List<Patient> touched, WrittenBy by, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var versions = Seal(intents, resourceKeys, stored, owners, by, now);
        var unsaved = touched.Where(patient => patient.Unsaved || intents.Any(intent => intent.IsPatient && intent.Id == patient.Id)).ToList();
        var identities = intents.Where(intent => intent.IsPatient).ToDictionary(intent => intent.Id, intent => (IReadOnlyList<string>)[.. intent.Tokens]);
        var saved = new List<(Patient Patient, int Changes, IReadOnlyList<string> Before)>();
        ulong? batch;
        try
        {
            batch = await log.WriteAsync(versions, unsaved.Count == 0 && intents.All(intent => intent.With is null) ? null : WriteBeside, cancellationToken);
        }
        catch (StoreFailedException)
        {
            saved.ForEach(one => patients.Reindex(one.Patient, one.Before));
            throw;
        }

        foreach (var (patient, changes, _) in saved)
        {
            patient.Saved(changes);
            patients.Add(patient);
        }

        if (batch is { } number)
        {
            await deposits.WaitAsync(number, cancellationToken);
        }

        return new WriteOutcome.Written([.. versions.Select((version, i) => (version.Record.Version, stored[i] is null || stored[i]!.Deleted))], now);

        void WriteBeside(SqliteSession session)
        {
            saved = SavePatients(session, unsaved, identities);
            for (var i = 0; i < intents.Count; i++)
            {
                intents[i].With?.Invoke(session, resourceKeys[i]);
            }
        }
    }

    private AuthoredVersion[] Seal(IReadOnlyList<WriteIntent> intents, byte[][] resourceKeys, StoredResource?[] stored, Owner[] owners, WrittenBy by, DateTimeOffset now)
    {
        var custodians = sealing.ForCustodians();
        var versions = new AuthoredVersion[intents.Count];
        void SealOne(int i) => versions[i] = SealVersion(intents[i], resourceKeys[i], stored[i], (owners[i] as Owner.Of)?.Patient, custodians, now) with { By = by };
        if (intents.Count < 4)
        {
            for (var i = 0; i < intents.Count; i++)
            {
                SealOne(i);
            }
        }
        else
        {
            Parallel.For(0, intents.Count, SealOne);
        }

        return versions;
    }

    private AuthoredVersion SealVersion(WriteIntent intent, byte[] resourceKey, StoredResource? stored, Patient? patient, CustodianSealing custodians, DateTimeOffset now)
    {
        var record = new RecordVersion(stored?.Record ?? RecordId.Generate(), (stored?.CurrentVersion ?? 0) + 1);
        var json = intent.Render(record.Version, now);
        var index = patient is null ? keys.IndexKeyOf(0) : patient.IndexKey(keys);

        // A patient is found through the directory in memory; a token of a name must not stand in a table where two patients' could be compared.
        IReadOnlyList<byte[]> tokens = intent.IsPatient ? [] : [.. intent.Tokens.Where(AuthorTokens.IsKept).Select(text => AuthorTokens.Of(index, text))];
        var at = (ulong)now.ToUnixTimeMilliseconds();
        if (patient is null)
        {
            return new AuthoredVersion(resourceKey, record, 0, intent.Type, intent.Id, at, intent.Deleted, null, null, keys.SealColumn("directory", json.Span), tokens, []);
        }

        var link = patient.Subjects[intent.Category];
        var subject = sealing.For(link);
        var granteeKey = link.Provisional ? null : sealing.FindIndexKey(link.Subject, subject.Epoch);
        IReadOnlyList<Token> granteeTokens = granteeKey is null || intent.Deleted ? [] : [.. intent.Tokens.Append(RecordToken.Of(record.Record)).Select(granteeKey.TokenOf)];
        return new AuthoredVersion(
            resourceKey,
            record,
            patient.RowId,
            intent.Type,
            intent.Id,
            at,
            intent.Deleted,
            link,
            sealer.Seal(record, subject, custodians, ContentType, json.Span, now),
            default,
            tokens,
            granteeTokens);
    }

    /// <summary>Whose each intent is. A Patient that is created here is known to the others of the same request.</summary>
    private Owner[] FindOwners(IReadOnlyList<WriteIntent> intents)
    {
        var made = new Dictionary<string, Patient>(StringComparer.Ordinal);
        foreach (var intent in intents)
        {
            if (intent.IsPatient && patients.FindById(intent.Id) is null)
            {
                made[intent.Id] = NewPatient(intent.Id);
            }
        }

        return [.. intents.Select(intent => intent.PatientId is not { } id
            ? new Owner.Directory()
            : (patients.FindById(id) ?? made.GetValueOrDefault(id)) is { } patient ? new Owner.Of(patient) : (Owner)new Owner.Unknown())];
    }

    private Patient NewPatient(string id)
    {
        lock (_rows)
        {
            var patient = new Patient(++_lastPatientRow, id, Guid.NewGuid().ToString("N"), provisional: true);
            patient.Change();
            return patient;
        }
    }

    private async Task MakeSubjectsAsync(Patient patient, IReadOnlyList<Category> categories, CancellationToken cancellationToken)
    {
        if (categories.All(patient.Subjects.ContainsKey))
        {
            return;
        }

        await patient.Gate.WaitAsync(cancellationToken);
        try
        {
            foreach (var category in categories.Where(category => !patient.Subjects.ContainsKey(category)))
            {
                // A wallet makes a subject for every category when it connects, so only provisional patients get here.
                var subject = sealing.MakeProvisional(patient.Uid, category);
                patient.Subjects[category] = new SubjectLink(category, subject, 0, provisional: true, patient.RowId);
                patient.Change();
            }
        }
        finally
        {
            patient.Gate.Release();
        }
    }

    /// <summary>
    /// Inside the transaction, where all saves of a patient stand in one line: the new identity counts from here on, so that the next save (perhaps in this same commit) does not write the
    /// old one over it.
    /// </summary>
    private List<(Patient Patient, int Changes, IReadOnlyList<string> Before)> SavePatients(SqliteSession session, List<Patient> unsaved, Dictionary<string, IReadOnlyList<string>> identities)
    {
        var saved = new List<(Patient, int, IReadOnlyList<string>)>(unsaved.Count);
        foreach (var patient in unsaved)
        {
            saved.Add((patient, patient.Changes, patient.Identity));
            if (identities.TryGetValue(patient.Id, out var identity))
            {
                patients.Reindex(patient, identity);
            }

            session.Execute(
                "INSERT INTO patients (Id, Key, Sealed) VALUES ($1, $2, $3) ON CONFLICT (Id) DO UPDATE SET Sealed = $3",
                patient.RowId,
                keys.LookupKey("patient", patient.Id),
                patients.Seal(patient, patient.Identity));
        }

        return saved;
    }

    private abstract record Owner
    {
        public sealed record Directory : Owner;

        public sealed record Of(Patient Patient) : Owner;

        public sealed record Unknown : Owner;
    }
}
