using System.Text;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Views;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir;

public sealed class GranteeViewTests
{
    private const string RecordId = "0123456789abcdef0123456789abcdef";

    // What the grant leaves: the patient, who is known here under another id, and two records.
    private static readonly GranteeView View = new(reference => reference switch
    {
        "Patient/secret" => "Patient/local",
        "Observation/ok" => "Observation/aa",
        "Binary/ok" => "Binary/bb",
        "Practitioner/shared" => "Practitioner/cc",
        _ => null,
    });

    [Test]
    public void Shows_the_record_under_its_record_id_about_the_local_patient_and_as_foreign()
    {
        var shown = (Observation)Show("""{"resourceType":"Observation","id":"own","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/secret"}}""")!;

        Assert.That(shown.Id, Is.EqualTo(RecordId));
        Assert.That(shown.Subject!.Reference, Is.EqualTo("Patient/local"));
        Assert.That(shown.Meta!.Tag.Select(t => (t.System, t.Code)), Does.Contain((GranteeView.TagSystem, GranteeView.ForeignTag)));
    }

    public static IEnumerable<TestCaseData> SideDoors()
    {
        const string head = "\"status\":\"final\",\"code\":{\"text\":\"x\"},\"subject\":{\"reference\":\"Patient/secret\"}";
        yield return Door("a reference with display", """{"resourceType":"Observation",HEAD,"encounter":{"reference":"Encounter/hidden","display":"hidden ward"}}""");
        yield return Door("the author's name and number for the patient", """{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/secret","display":"hidden name","identifier":{"value":"hidden number"}}}""");
        yield return Door("a logical reference", """{"resourceType":"Observation",HEAD,"encounter":{"identifier":{"value":"hidden"}}}""");
        yield return Door("a list of references", """{"resourceType":"Observation",HEAD,"hasMember":[{"reference":"Observation/hidden"},{"reference":"Observation/ok"}]}""");
        yield return Door("a contained resource", """{"resourceType":"Observation",HEAD,"contained":[{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/secret"},"encounter":{"reference":"Encounter/hidden"}}]}""");
        yield return Door("an extension", """{"resourceType":"Observation",HEAD,"extension":[{"url":"urn:x","valueReference":{"reference":"Condition/hidden"}}]}""");
        yield return Door("the narrative of what was removed", """{"resourceType":"Observation",HEAD,"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">See hidden</div>"},"encounter":{"reference":"Encounter/hidden"}}""");
        yield return Door("a link in a narrative", """{"resourceType":"Observation",HEAD,"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><a href=\"Encounter/hidden\">x</a><img src='Binary/hidden' alt=\"y\"/></div>"}}""");
        yield return Door("a list's entry", """{"resourceType":"List","status":"current","mode":"working","subject":{"reference":"Patient/secret"},"entry":[{"date":"2020","flag":{"text":"hidden"},"item":{"reference":"Condition/hidden"}},{"item":{"reference":"Observation/ok"}}]}""");
        yield return Door("a composition's section", """{"resourceType":"Composition","status":"final","type":{"text":"x"},"subject":{"reference":"Patient/secret"},"date":"2020","title":"x","author":[{"reference":"Practitioner/hidden"}],"section":[{"title":"hidden illness","entry":[{"reference":"Condition/hidden"}]},{"title":"Vitals","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">hidden</div>"},"entry":[{"reference":"Observation/ok"}]}]}""");
        yield return Door("a document's attachment", """{"resourceType":"DocumentReference","status":"current","subject":{"reference":"Patient/secret"},"content":[{"attachment":{"url":"Binary/hidden","title":"hidden title","size":7}},{"attachment":{"url":"Binary/ok","title":"Letter"}}]}""");
        yield return Door("a bundled resource", """{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/secret"},"encounter":{"reference":"Encounter/hidden"}}}]}""");
        yield return Door("the URL of a bundled resource", """{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"http://h.example/fhir/Observation/hidden","resource":{"resourceType":"Observation","status":"final","code":{"text":"x"},"hasMember":[{"reference":"http://h.example/fhir/Observation/hidden"},{"reference":"Observation/hidden"}]}}]}""");
        yield return Door("an extension of a granted reference", """{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/secret"},"hasMember":[{"reference":"Observation/ok","extension":[{"url":"urn:x","valueReference":{"reference":"Condition/hidden"}}]}]}""");
        yield return Door("an encounter's diagnosis", """{"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/secret"},"diagnosis":[{"rank":1,"use":{"text":"hidden"},"condition":{"reference":"Condition/hidden"}}]}""");
        yield return Door("the tag that says whose record it is", """{"resourceType":"Bundle","meta":{"tag":[{"system":"urn:ehrledger:patient","code":"hidden"}]},"type":"collection","entry":[{"resource":{"resourceType":"Observation","meta":{"tag":[{"system":"urn:ehrledger:patient","code":"hidden"}]},"status":"final","code":{"text":"x"}}}]}""");
        yield return Door("the number of a version", """{"resourceType":"Observation","meta":{"versionId":"hidden"},HEAD}""");
        yield return Door("the number of a bundled version", """{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Observation","meta":{"versionId":"hidden","lastUpdated":"2020-01-01T00:00:00Z"},"status":"final","code":{"text":"x"}}}]}""");
        yield return Door("a provenance's target", """{"resourceType":"Provenance","target":[{"reference":"Patient/secret"},{"reference":"Condition/hidden"}],"recorded":"2020-01-01T00:00:00Z","agent":[{"who":{"reference":"Practitioner/hidden"}}]}""");

        static TestCaseData Door(string name, string json) => new TestCaseData(json.Replace("HEAD", head, StringComparison.Ordinal)).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(SideDoors))]
    public void Leaves_no_trace_of_what_is_not_granted(string json)
    {
        var shown = Encoding.UTF8.GetString(FhirJson.Write(Show(json)!));

        Assert.That(shown, Does.Not.Contain("hidden").And.Not.Contain("Patient/secret"));
    }

    [TestCaseSource(nameof(SideDoors))]
    public void Shows_a_valid_resource(string json) => PublishedResources.Parse(FhirJson.Write(Show(json)!));

    [Test]
    public void Keeps_what_the_entries_of_a_document_say_of_each_other()
    {
        var bundle = (Bundle)Show("""{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"http://h.example/fhir/Encounter/1","resource":{"resourceType":"Encounter","status":"finished","class":{"code":"AMB"}}},{"fullUrl":"urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a","resource":{"resourceType":"Observation","status":"final","code":{"text":"x"},"encounter":{"reference":"Encounter/1"},"hasMember":[{"reference":"urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"}]}}]}""")!;

        var observation = (Observation)bundle.Entry[1].Resource!;
        Assert.That(observation.Encounter!.Reference, Is.EqualTo(bundle.Entry[0].FullUrl).And.EqualTo($"urn:ehrledger:entry:{RecordId}:0"));
        Assert.That(observation.HasMember.Single().Reference, Is.EqualTo(bundle.Entry[1].FullUrl));
    }

    [Test]
    public void Keeps_what_an_entry_of_a_shared_directory_is_called_and_no_number_of_it()
    {
        var shown = (Observation)Show("""{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/secret"},"performer":[{"reference":"Practitioner/shared","display":"Dr Cho","identifier":{"value":"hidden"}},{"reference":"Practitioner/hidden","display":"hidden"}]}""")!;

        Assert.That(shown.Performer.Select(performer => (performer.Reference, performer.Display, performer.Identifier)), Is.EqualTo(new[] { ("Practitioner/cc", "Dr Cho", (Identifier?)null) }));
    }

    [Test]
    public void Keeps_what_is_granted()
    {
        var list = (List)Show("""{"resourceType":"List","status":"current","mode":"working","subject":{"reference":"Patient/secret"},"entry":[{"item":{"reference":"Condition/hidden"}},{"item":{"reference":"Observation/ok","display":"BP"}}]}""")!;

        Assert.That(list.Entry.Single().Item!.Reference, Is.EqualTo("Observation/aa"));
        Assert.That(list.Entry.Single().Item!.Display, Is.EqualTo("BP"));
    }

    [Test]
    public void Keeps_the_narrative_where_nothing_was_removed()
    {
        var shown = (Observation)Show("""{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/secret"},"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><a href=\"#top\">Fine</a></div>"}}""")!;

        Assert.That(shown.Text!.Div, Does.Contain("href=\"#top\"").And.Contain("Fine"));
    }

    [Test]
    public void Shows_nothing_of_a_record_about_somebody_else() =>
        Assert.That(Show("""{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/other"}}"""), Is.Null);

    [Test]
    public void Does_not_touch_the_record_itself()
    {
        var record = PublishedResources.Parse<Observation>("""{"resourceType":"Observation","id":"own","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/secret"},"encounter":{"reference":"Encounter/hidden"}}""");
        var before = FhirJson.Write(record);

        View.Show(record, RecordId);

        Assert.That(FhirJson.Write(record), Is.EqualTo(before));
    }

    [TestCaseSource(typeof(PublishedResources), nameof(PublishedResources.All))]
    public void Removes_every_reference_of_a_published_resource(string file)
    {
        var view = new GranteeView(_ => null);
        var local = new GranteeView(r => r.StartsWith("Patient/", StringComparison.Ordinal) || r.StartsWith("urn:", StringComparison.Ordinal) ? "Patient/local" : null);
        foreach (var resource in PublishedResources.ResourcesOf(file).Where((_, i) => i < 150))
        {
            _ = view.Show(resource, RecordId);
            if (local.Show(resource, RecordId) is { } shown)
            {
                var json = Encoding.UTF8.GetString(FhirJson.Write(shown));
                Assert.That(json, Does.Not.Match("\"reference\":\"(?!#|Patient/local|urn:)"));
            }
        }
    }

    private static Resource? Show(string json) => View.Show(PublishedResources.Parse<Resource>(json), RecordId);
}
