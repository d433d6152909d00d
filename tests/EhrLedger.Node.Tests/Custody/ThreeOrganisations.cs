using EhrLedger.Client.Transport;
using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.WalletKeys;
using EhrLedger.Ledger.Entries;
using EhrLedger.Node.Tests.Harness;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>An insurer that sequences, a hospital that writes, and a clinic that is to read, each a node of its own; and a patient of both with a wallet.</summary>
internal sealed class ThreeOrganisations : IDisposable
{
    private ThreeOrganisations(TestConsortium consortium, Phone phone, string atHospital, string atClinic) =>
        (Consortium, Phone, AtHospital, AtClinic) = (consortium, phone, atHospital, atClinic);

    public TestConsortium Consortium { get; }

    public Phone Phone { get; }

    public TestNode Insurer => Consortium.Nodes[0];

    public TestNode Hospital => Consortium.Nodes[1];

    public TestNode Clinic => Consortium.Nodes[2];

    /// <summary>The hospital's id of the patient.</summary>
    public string AtHospital { get; }

    /// <summary>The clinic's id of the same person, whom it has registered itself.</summary>
    public string AtClinic { get; }

    /// <summary>The hospital's own ids, in the order of writing: three of the laboratory, two prescriptions, one diagnosis.</summary>
    public IReadOnlyList<string> Laboratory { get; private set; } = [];

    public IReadOnlyList<string> Prescriptions { get; private set; } = [];

    public string Diagnosis { get; private set; } = "";

    /// <summary>Index of the wallet's connection to the hospital; 0 before there is one.</summary>
    public uint Relationship { get; private set; }

    /// <summary>Up to where the wallet is connected; nothing is granted.</summary>
    /// <param name="family">The patient's name.</param>
    /// <param name="impostor">A fourth member, which answers as a test wants it to; null for none.</param>
    /// <param name="settings">Of each node; null for the usual ones of tests.</param>
    /// <param name="route">The phone's way to the nodes; null for the direct one.</param>
    public static async Task<ThreeOrganisations> MeetAsync(
        string family = "Sharing", Uri? impostor = null, IReadOnlyList<string>? settings = null, Func<TestConsortium, IRoute, IRoute>? route = null)
    {
        var consortium = await TestConsortium.StartAsync(impostor: impostor, settings: settings);
        var phone = await Phone.BuyAsync(consortium, route is null ? null : direct => route(consortium, direct));
        var story = new ThreeOrganisations(
            consortium, phone, await consortium.Nodes[1].RegisterPatientAsync(family), await consortium.Nodes[2].RegisterPatientAsync(family));
        await story.WriteAsync();
        return story;
    }

    public async Task ConnectAsync() => Relationship = await Phone.ConnectAsync(Hospital, AtHospital);

    /// <summary>The subject of a category of the patient's records at the hospital.</summary>
    public SubjectId SubjectOf(Category category)
    {
        using var seed = WalletSeed.FromPhrase(Phone.Wallet.ToPhrase())!;
        using var relationship = seed.DeriveRelationship(Relationship);
        using var keys = relationship.DeriveCategory((uint)category);
        using var identity = keys.DeriveIdentity();
        return new SubjectId(identity.Public);
    }

    /// <summary>All that the insurer's log has of a subject.</summary>
    public async Task<List<Entry>> EntriesAsync(SubjectId subject) =>
        [.. (await Insurer.ReadLogAsync((await Insurer.FindHealthAsync())!.Size)).Select(bytes => Entry.TryParse(bytes)!).Where(entry => entry.Topic == subject.Topic)];

    /// <summary>The newest epoch that the log has of a category.</summary>
    public async Task<uint> EpochAsync(Category category) =>
        (await EntriesAsync(SubjectOf(category))).Select(entry => entry.Type == ConsentEntryTypes.EpochStarted ? EpochStarted.TryParse(entry.Body)!.Epoch
            : entry.Type == ConsentEntryTypes.Revoked ? Revoked.TryParse(entry.Body)!.Epoch
            : entry.Type == ConsentEntryTypes.DelegationEnded ? DelegationEnded.TryParse(entry.Body)?.BySubject?.Epoch ?? 0
            : 0).Max();

    /// <summary>A custodian loses every share that it keeps.</summary>
    public static async Task LoseSharesAsync(TestNode custodian)
    {
        await custodian.StopAsync();
        await using (var vault = new SqliteConnection($"Data Source={Path.Combine(custodian.Data, "vault", "vault.db")};Pooling=False"))
        {
            await vault.OpenAsync();
            await using var lose = vault.CreateCommand();
            lose.CommandText = "DELETE FROM shares";
            Assert.That(await lose.ExecuteNonQueryAsync(), Is.Positive);
        }

        await custodian.StartAsync();
    }

    public void Dispose()
    {
        Phone.Dispose();
        Consortium.Dispose();
    }

    private async Task WriteAsync()
    {
        Laboratory =
        [
            await Hospital.KeepAsync(Resources.Observation(AtHospital, "718-7", "2024-01-02", value: 1)),
            await Hospital.KeepAsync(Resources.Observation(AtHospital, "2345-7", "2024-03-04", value: 2)),
            await Hospital.KeepAsync(Resources.Observation(AtHospital, "718-7", "2025-05-06", value: 3)),
        ];
        Prescriptions = [await Hospital.KeepAsync(Prescription("1049502")), await Hospital.KeepAsync(Prescription("860975"))];
        Diagnosis = await Hospital.KeepAsync(Resources.Condition(AtHospital));
    }

    private System.Text.Json.Nodes.JsonObject Prescription(string code) => Resources.Parse($$"""
        {
          "resourceType": "MedicationRequest", "status": "active", "intent": "order",
          "medicationCodeableConcept": { "coding": [{ "system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "{{code}}" }] },
          "subject": { "reference": "Patient/{{AtHospital}}" }, "authoredOn": "2024-02-03"
        }
        """);
}
