using EhrLedger.Consent.Grants;
using EhrLedger.Crypto;
using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;
using EhrLedger.Node.Storage.Vault;
using EhrLedger.Node.Tests.Harness;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>A search that names no patient goes over all of them.</summary>
public sealed class AuthorSearchTests
{
    [Test]
    public async Task Ends_between_two_patients_when_nobody_waits_any_more_though_neither_has_anything()
    {
        using var folder = new TestFolder();
        using var node = new TestNode(folder, "Alone", 0);
        var path = folder["records.db"];
        await using (var schema = new RecordDbContext(new DbContextOptionsBuilder<RecordDbContext>().UseSqlite($"Data Source={path};Pooling=False").Options))
        {
            await schema.Database.MigrateAsync();
        }

        using var file = new SqliteFile(path);
        using var keys = new StorageKeys(node.Keys.Root);
        var alarms = new Phone.Cries();
        var patients = new PatientDirectory(file, keys, alarms);
        patients.Add(new Patient(1, "one", "1", provisional: true));
        patients.Add(new Patient(2, "two", "2", provisional: true));
        var reader = new AuthorReader(file, new VaultStore(file, keys), keys, patients, new OpenedContents(), alarms);
        var search = new AuthorSearch(reader, patients, new ValueHolders(patients), new Sight(reader, patients));
        var asking = new Asking(PurposeOfUse.Treatment, "", "", Digest.Of([])) { Access = FhirAccess.Everything };
        var query = ((SearchQueryResult.Accepted)SearchQuery.Parse("Observation", [("code", "x")], strict: true, new ServerBase("http://127.0.0.1/fhir"), DateTimeOffset.UnixEpoch)).Query;
        Assert.That(() => search.Find(query, int.MaxValue, asking, new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(search.Find(query, int.MaxValue, asking, CancellationToken.None), Is.Empty);
    }
}
