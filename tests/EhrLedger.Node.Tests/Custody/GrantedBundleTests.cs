using System.Text.Json.Nodes;
using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.Access;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>A client that puts its GETs into a batch sees what was granted, and nothing else. Each step stands on those before it.</summary>
public sealed class GrantedBundleTests
{
    private const string Never = "00112233445566778899aabbccddeeff";

    private static readonly (string, string) Doctor = ("X-Acting-Person", "Dr Batch");

    [Test]
    public async Task A_grantee_s_bundles_show_what_was_granted_and_no_more()
    {
        using var story = await ThreeOrganisations.MeetAsync("Batched");
        await story.ConnectAsync();
        var clinic = story.Clinic;
        var granted = (await story.Phone.Wallet.ReadRecordsAsync(story.Relationship, Category.Laboratory, CancellationToken.None)).Records.Select(record => record.Version.Record.ToString()!).ToList();
        var withheld = (await story.Phone.Wallet.ReadRecordsAsync(story.Relationship, Category.Medications, CancellationToken.None)).Records[0].Version.Record.ToString()!;
        var search = $"Observation?patient={story.AtClinic}";
        Assert.That((await AskAsync("batch", $"Observation/{granted[0]}")).Select(Status), Is.EqualTo(new[] { "404" }), "before the grant");

        await story.Phone.GrantAsync(story.Relationship, clinic, story.AtClinic, Category.Laboratory);
        await Eventually.BecomesTrueAsync("the clinic sees it", async () => (await clinic.GetAsync(search)).Ids.Count == granted.Count);
        foreach (var type in (string[])["batch", "transaction"])
        {
            var entries = await AskAsync(
                type, $"Observation/{granted[0]}", search, $"Observation?_id={granted[1]}", $"{search}&_include=Observation:subject", $"Patient/{story.AtClinic}/$everything", $"Observation/{granted[0]}/$meta",
                $"MedicationRequest/{withheld}", $"MedicationRequest/{Never}", $"MedicationRequest?_id={withheld}", $"Observation/{granted[0]}/_history");
            Assert.That(entries.Select(Status), Is.EqualTo(new[] { "200", "200", "200", "200", "200", "200", "404", "404", "200", "404" }));
            Assert.That((string?)entries[0]["resource"]!["id"], Is.EqualTo(granted[0]));
            Assert.That((string?)entries[0]["resource"]!["subject"]!["reference"], Is.EqualTo($"Patient/{story.AtClinic}"));
            Assert.That(Ids(entries[1]), Is.EquivalentTo(granted));
            Assert.That(Ids(entries[2]), Is.EqualTo(new[] { granted[1] }));
            Assert.That(Ids(entries[3]), Is.EquivalentTo(granted.Append(story.AtClinic)));
            Assert.That(Ids(entries[4]), Is.EquivalentTo(granted.Append(story.AtClinic)));
            Assert.That((string?)entries[5]["resource"]!["parameter"]![0]!["valueMeta"]!["tag"]![0]!["code"], Is.EqualTo("foreign"));
            Assert.That(entries[6].ToJsonString(), Is.EqualTo(entries[7].ToJsonString()), "what is not granted is what never was");
            Assert.That(Ids(entries[8]), Is.Empty);
        }

        // A page begun in a batch goes on outside of it, and writes of a transaction are seen by its reads.
        var own = Resources.Observation(story.AtClinic);
        var page = (await SendAsync(Resources.Bundle("transaction", Resources.Entry("GET", $"{search}&_count=3"), Resources.Entry("POST", "Observation", own))))[0]["resource"]!;
        var next = (string)page["link"]!.AsArray().Single(link => (string?)link!["relation"] == "next")!["url"]!;
        var rest = await clinic.CallAsync(HttpMethod.Get, next, null, Doctor);
        Assert.That(page["entry"]!.AsArray().Select(entry => (string)entry!["resource"]!["id"]!).Concat(rest.Ids).Distinct().Count(), Is.EqualTo(granted.Count + 1));

        var elsewhere = await SendAsync(Resources.Bundle("batch", Resources.Entry("GET", $"Observation/{granted[0]}"), Resources.Entry("GET", $"Observation/{Never}")), ("X-Purpose-Of-Use", "HPAYMT"));
        Assert.That(elsewhere[0].ToJsonString(), Is.EqualTo(elsewhere[1].ToJsonString()));

        var log = await story.Phone.ReadLogAsync(story.Relationship);
        Assert.That(log.Complete, string.Join("; ", log.Findings));
        var reads = log.Events.Where(seen => seen.Organisation == clinic.Organisation && seen.Kind == AccessKind.Read && seen.Person == "Dr Batch").ToList();
        Assert.That(reads.SelectMany(seen => seen.Records).Select(record => record.Record.ToString()).Distinct(), Is.EquivalentTo(granted));

        // Without the sequencer nothing can be asked: the entry says so, and what is not granted answers as what never was.
        story.Insurer.Kill();
        var away = await AskAsync("batch", $"Observation/{granted[0]}", $"Observation?_id={granted[1]}", $"Patient/{story.AtClinic}", $"MedicationRequest/{withheld}", $"MedicationRequest/{Never}");
        Assert.That(away.Take(3).Select(Status), Is.EqualTo(new[] { "503", "503", "200" }));
        Assert.That((string?)away[0]["response"]!["outcome"]!["issue"]![0]!["code"], Is.EqualTo("transient"));
        Assert.That(away[3].ToJsonString(), Is.EqualTo(away[4].ToJsonString()));

        Task<List<JsonNode>> AskAsync(string type, params string[] urls) => SendAsync(Resources.Bundle(type, [.. urls.Select(url => Resources.Entry("GET", url))]));

        async Task<List<JsonNode>> SendAsync(JsonObject bundle, params (string Name, string Value)[] headers)
        {
            var reply = await clinic.PostBundleAsync(bundle, [Doctor, .. headers]);
            Assert.That(reply.Status, Is.EqualTo(200), reply.Text);
            return [.. reply.Json["entry"]!.AsArray().Select(entry => entry!)];
        }
    }

    private static string Status(JsonNode entry) => ((string)entry["response"]!["status"]!)[..3];

    private static List<string> Ids(JsonNode entry) => [.. (entry["resource"]!["entry"]?.AsArray() ?? []).Select(one => (string)one!["resource"]!["id"]!)];
}
