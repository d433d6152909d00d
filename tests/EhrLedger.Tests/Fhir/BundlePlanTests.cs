using EhrLedger.Fhir.Bundles;
using EhrLedger.Fhir.Json;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir;

public sealed class BundlePlanTests
{
    private const string Uuid = "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a";

    [TestCaseSource(typeof(PublishedResources), nameof(PublishedResources.Synthea))]
    public async System.Threading.Tasks.Task Plans_every_synthea_bundle_to_the_last_reference(string file)
    {
        var bundle = (Bundle)PublishedResources.Parse(PublishedResources.Read(file));

        var plan = await PlanAsync(bundle, new StoredResources { Default = (type, query) => [$"{type}/{Math.Abs(query.GetHashCode(StringComparison.Ordinal))}"] }, keepIfNoneExist: false);

        Assert.That(plan.Operations, Has.Count.EqualTo(bundle.Entry.Count));
        var locations = plan.Operations.Select(o => o.Location).ToHashSet();
        Assert.That(locations, Has.Count.EqualTo(bundle.Entry.Count));
        foreach (var operation in plan.Operations)
        {
            var text = System.Text.Encoding.UTF8.GetString(FhirJson.Write(operation.Resource!));
            Assert.That(text, Does.Not.Contain("\"reference\":\"urn:").And.Not.Contain("?identifier="));
            Assert.That(operation.Resource!.Id, Is.EqualTo(operation.Id));
        }
    }

    [Test]
    public async System.Threading.Tasks.Task Orders_by_what_is_done_and_answers_in_the_order_of_the_request()
    {
        var bundle = Transaction(
            Entry("GET", "Patient/9"),
            Entry("PUT", "Patient/8", new Patient { Id = "8" }),
            Entry("POST", "Patient", new Patient()),
            Entry("DELETE", "Patient/7"));

        var plan = await PlanAsync(bundle);
        var response = BundleResponse.Build(plan, [.. plan.Operations.Select(o => new EntryResult("200 OK", o.Location, "1", PublishedResources.Now, null, null))]);

        Assert.That(plan.Operations.Select(o => o.Kind), Is.EqualTo(new[] { PlannedKind.Delete, PlannedKind.Create, PlannedKind.Update, PlannedKind.Read }));
        Assert.That(response.Type, Is.EqualTo(Bundle.BundleType.TransactionResponse));
        Assert.That(response.Entry.Select(e => e.Response!.Location), Is.EqualTo(new[] { "Patient/9", "Patient/8", "Patient/id1", "Patient/7" }));
        Assert.That(response.Entry[0].Response!.Etag, Is.EqualTo("W/\"1\""));
    }

    [Test]
    public async System.Threading.Tasks.Task Rewrites_links_wherever_they_stand_and_in_either_order()
    {
        var document = new DocumentReference
        {
            Subject = new ResourceReference(Uuid),
            Content = [new DocumentReference.ContentComponent { Attachment = new Attachment { Url = Uuid } }],
            Text = new Narrative { Div = $"<div xmlns=\"http://www.w3.org/1999/xhtml\"><a href=\"{Uuid}\">x</a><img src='{Uuid}' alt=\"y\"/></div>" },
            Contained = [new Observation { Id = "c", Subject = new ResourceReference(Uuid) }],
            Meta = new Meta { ProfileElement = [new Canonical(Uuid)] },
        };
        document.Extension.Add(new Extension("urn:x", new ResourceReference(Uuid + "#part")));
        foreach (var reverse in (bool[])[false, true])
        {
            var entries = new[] { Entry("POST", "DocumentReference", (Resource)document.DeepCopy()), Entry("POST", "Patient", new Patient(), Uuid) };
            var plan = await PlanAsync(Transaction(reverse ? [entries[1], entries[0]] : entries));
            var written = (DocumentReference)plan.Operations.Single(o => o.Type == "DocumentReference").Resource!;
            var patient = plan.Operations.Single(o => o.Type == "Patient").Location!;

            Assert.That(written.Subject!.Reference, Is.EqualTo(patient));
            Assert.That(written.Content[0].Attachment!.Url, Is.EqualTo(patient));
            Assert.That(written.Text!.Div, Does.Contain($"href=\"{patient}\"").And.Contain($"src='{patient}'"));
            Assert.That(((Observation)written.Contained[0]).Subject!.Reference, Is.EqualTo(patient));
            Assert.That(((ResourceReference)written.Extension[0].Value!).Reference, Is.EqualTo(patient + "#part"));
            Assert.That(written.Meta!.Profile!.Single(), Is.EqualTo(Uuid), "canonical URLs stay");
        }
    }

    [Test]
    public async System.Threading.Tasks.Task Resolves_relative_references_against_the_base_of_a_full_url()
    {
        var plan = await PlanAsync(Transaction(
            Entry("POST", "Patient", new Patient(), "http://old.example/fhir/Patient/1"),
            Entry("POST", "Condition", new Condition { Subject = new ResourceReference("Patient/1") }, "http://old.example/fhir/Condition/1"),
            Entry("POST", "Condition", new Condition { Subject = new ResourceReference("Patient/1") })));

        Assert.That(plan.Operations.Select(o => o.Resource).OfType<Condition>().Select(c => c.Subject!.Reference), Is.EqualTo(new[] { "Patient/id1", "Patient/1" }));
    }

    [Test]
    public async System.Threading.Tasks.Task Resolves_conditional_references_to_what_is_stored_or_in_the_bundle()
    {
        var stored = new StoredResources { ["Practitioner?identifier=urn:n|1"] = ["Practitioner/stored"] };
        var plan = await PlanAsync(
            Transaction(
                Entry("POST", "Encounter", Participants("Practitioner?identifier=urn:n|1", "Practitioner?identifier=urn:n%7C2", "Practitioner?identifier=urn:n|1")),
                Entry("POST", "Practitioner", new Practitioner { Identifier = [new Identifier("urn:n", "2")] })),
            stored);

        var encounter = (Encounter)plan.Operations[0].Resource!;
        Assert.That(encounter.Participant.Select(p => p.Individual!.Reference), Is.EqualTo(new[] { "Practitioner/stored", "Practitioner/id2", "Practitioner/stored" }));
        Assert.That(stored.Asked, Is.EqualTo(2), "each condition is asked for once");
    }

    [Test]
    public async System.Threading.Tasks.Task If_none_exist_uses_what_is_there_and_makes_one_of_two_that_are_alike()
    {
        var stored = new StoredResources { ["Organization?identifier=a"] = ["Organization/old"] };
        var plan = await PlanAsync(
            Transaction(
                Entry("POST", "Organization", new Organization(), "urn:uuid:00000000-0000-4000-8000-000000000001", "identifier=a"),
                Entry("POST", "Organization", new Organization(), "urn:uuid:00000000-0000-4000-8000-000000000002", "identifier=b"),
                Entry("POST", "Organization", new Organization(), "urn:uuid:00000000-0000-4000-8000-000000000003", "identifier=b"),
                Entry("POST", "Location", new Location { ManagingOrganization = new ResourceReference("urn:uuid:00000000-0000-4000-8000-000000000001") }),
                Entry("POST", "Location", new Location { ManagingOrganization = new ResourceReference("urn:uuid:00000000-0000-4000-8000-000000000003") })),
            stored);

        Assert.That(plan.Operations.Take(3).Select(o => (o.Kind, o.Location)), Is.EqualTo(new[]
        {
            (PlannedKind.UseExisting, "Organization/old"), (PlannedKind.Create, "Organization/id1"), (PlannedKind.UseExisting, "Organization/id1"),
        }));
        Assert.That(plan.Operations.Select(o => o.Resource).OfType<Location>().Select(l => l.ManagingOrganization!.Reference), Is.EqualTo(new[] { "Organization/old", "Organization/id1" }));
    }

    [Test]
    public async System.Threading.Tasks.Task Conditional_update_and_delete_find_their_resource()
    {
        var stored = new StoredResources { ["Patient?identifier=a"] = ["Patient/1"] };
        var plan = await PlanAsync(
            Transaction(
                Entry("PUT", "Patient?identifier=a", new Patient()), Entry("PUT", "Patient?identifier=b", new Patient()), Entry("DELETE", "Patient?identifier=c")),
            stored);

        Assert.That(plan.Operations.Select(o => (o.Kind, o.Location)), Is.EqualTo(new[]
        {
            (PlannedKind.DeleteNothing, null), (PlannedKind.Create, "Patient/id1"), (PlannedKind.Update, "Patient/1"),
        }));
    }

    [Test]
    public async System.Threading.Tasks.Task What_is_deleted_is_found_by_no_condition()
    {
        var stored = new StoredResources { ["Patient?identifier=a"] = ["Patient/1"] };
        var plan = await PlanAsync(Transaction(Entry("POST", "Patient", new Patient(), null, "identifier=a"), Entry("DELETE", "Patient/1")), stored);

        Assert.That(plan.Operations.Select(o => (o.Kind, o.Location)), Is.EqualTo(new[] { (PlannedKind.Delete, "Patient/1"), (PlannedKind.Create, "Patient/id1") }));
    }

    [Test]
    public async System.Threading.Tasks.Task A_conditional_update_that_finds_nothing_keeps_the_id_that_was_sent()
    {
        var plan = await PlanAsync(Transaction(Entry("PUT", "Patient?identifier=a", new Patient { Id = "wished" })));

        Assert.That(plan.Operations.Single().Location, Is.EqualTo("Patient/wished"));
    }

    public static IEnumerable<TestCaseData> Faulty()
    {
        yield return Case("no request", PlanFault.BadRequest, "Bundle.entry[0].request", new Bundle.EntryComponent { Resource = new Patient() });
        yield return Case("no resource", PlanFault.BadRequest, "Bundle.entry[0].resource", Entry("POST", "Patient"));
        yield return Case("another type", PlanFault.BadRequest, "Bundle.entry[0].request.url", Entry("POST", "Patient", new Observation()));
        yield return Case("unknown type", PlanFault.BadRequest, "Bundle.entry[0].request.url", Entry("POST", "Foo", new Patient()));
        yield return Case("POST with an id", PlanFault.BadRequest, "Bundle.entry[0].request.url", Entry("POST", "Patient/1", new Patient()));
        yield return Case("PUT of another id", PlanFault.BadRequest, "Bundle.entry[0].request.url", Entry("PUT", "Patient/1", new Patient { Id = "2" }));
        yield return Case("DELETE of a type", PlanFault.BadRequest, "Bundle.entry[0].request.url", Entry("DELETE", "Patient"));
        yield return Case("a dangling urn", PlanFault.BadRequest, "Bundle.entry[0].resource", Entry("POST", "Condition", new Condition { Subject = new ResourceReference(Uuid) }));
        yield return Case("the same twice", PlanFault.BadRequest, "Bundle.entry[1].request.url", Entry("DELETE", "Patient/1"), Entry("PUT", "Patient/1", new Patient()));
        yield return Case("the same by condition", PlanFault.BadRequest, "Bundle.entry[1].request.url", Entry("PUT", "Patient/one", new Patient()), Entry("PUT", "Patient?identifier=one", new Patient()));
        yield return Case("one fullUrl for two", PlanFault.BadRequest, "Bundle.entry[1].fullUrl", Entry("POST", "Patient", new Patient(), Uuid), Entry("POST", "Patient", new Patient(), Uuid));
        yield return Case("an ambiguous condition", PlanFault.PreconditionFailed, "Bundle.entry[0].request.ifNoneExist", Entry("POST", "Patient", new Patient(), null, "identifier=many"));
        yield return Case("an ambiguous update", PlanFault.PreconditionFailed, "Bundle.entry[0].request.url", Entry("PUT", "Patient?identifier=many", new Patient()));
        yield return Case("a bad condition", PlanFault.BadRequest, "Bundle.entry[0].request.ifNoneExist", Entry("POST", "Patient", new Patient(), null, "bad=1"));
        yield return Case("a conditional reference to nothing", PlanFault.PreconditionFailed, "Bundle.entry[0].resource", Entry("POST", "Condition", new Condition { Subject = new ResourceReference("Patient?identifier=none") }));
        yield return Case("a conditional reference to many", PlanFault.PreconditionFailed, "Bundle.entry[0].resource", Entry("POST", "Condition", new Condition { Subject = new ResourceReference("Patient?identifier=many") }));
        yield return Case("a conditional reference to anything", PlanFault.BadRequest, "Bundle.entry[0].resource", Entry("POST", "Condition", new Condition { Subject = new ResourceReference("Patient?") }));

        static TestCaseData Case(string name, PlanFault fault, string expression, params Bundle.EntryComponent[] entries) =>
            new TestCaseData(fault, expression, entries).SetArgDisplayNames(name);
    }

    private static readonly StoredResources Ambiguous = new()
    {
        ["Patient?identifier=many"] = ["Patient/1", "Patient/2"],
        ["Patient?identifier=one"] = ["Patient/one"],
        ["Patient?bad=1"] = null,
    };

    [TestCaseSource(nameof(Faulty))]
    public async System.Threading.Tasks.Task Refuses_a_transaction_and_names_the_entry(PlanFault fault, string expression, Bundle.EntryComponent[] entries)
    {
        var bundle = Transaction([.. entries.Select(e => (Bundle.EntryComponent)e.DeepCopy()), Entry("POST", "Patient", new Patient())]);

        var result = await BundlePlan.MakeAsync(bundle, Ambiguous, PublishedResources.Server, Ids(), PublishedResources.Now, default);

        Assert.That(result, Is.InstanceOf<BundlePlanResult.Refused>());
        Assert.That(((BundlePlanResult.Refused)result).Fault, Is.EqualTo(fault));
        Assert.That(((BundlePlanResult.Refused)result).Issues.Single().Expression, Is.EqualTo(new[] { expression }));
    }

    [TestCaseSource(nameof(Faulty))]
    public async System.Threading.Tasks.Task A_batch_carries_out_the_rest(PlanFault fault, string expression, Bundle.EntryComponent[] entries)
    {
        var bundle = Transaction([.. entries.Select(e => (Bundle.EntryComponent)e.DeepCopy()), Entry("POST", "Patient", new Patient())]);
        bundle.Type = Bundle.BundleType.Batch;
        var plan = await PlanAsync(bundle, Ambiguous);
        if (expression.StartsWith("Bundle.entry[1].request", StringComparison.Ordinal))
        {
            // Two entries about one resource are a fault of a transaction only: those of a batch may follow one another.
            Assert.That(plan.Faults, Is.Empty);
            return;
        }

        var response = BundleResponse.Build(plan, [.. plan.Operations.Select(_ => new EntryResult("201 Created", null, null, null, null, null))]);

        Assert.That(plan.Faults.Single().Fault, Is.EqualTo(fault));
        Assert.That(response.Entry, Has.Count.EqualTo(bundle.Entry.Count));
        Assert.That(response.Entry[plan.Faults.Single().Entry].Response!.Status, Is.EqualTo(BundleResponse.StatusOf(fault)));
        Assert.That(response.Entry[^1].Response!.Status, Is.EqualTo("201 Created"));
    }

    [Test]
    public async System.Threading.Tasks.Task Of_five_thousand_entries_that_all_refer_by_condition_each_condition_is_asked_for_once()
    {
        var entries = new List<Bundle.EntryComponent>();
        for (var i = 0; i < 2_500; i++)
        {
            entries.Add(Entry("POST", "Practitioner", new Practitioner { Identifier = [new Identifier("urn:n", $"{i}")] }, $"urn:uuid:00000000-0000-4000-8000-{i:D12}"));
            entries.Add(Entry("POST", "Encounter", Participants($"Practitioner?identifier=urn:n|{i}", $"urn:uuid:00000000-0000-4000-8000-{2_499 - i:D12}")));
        }

        var stored = new StoredResources();
        var plan = await PlanAsync(Transaction([.. entries]), stored);

        Assert.That(plan.Operations, Has.Count.EqualTo(5_000));
        Assert.That(stored.Asked, Is.EqualTo(2_500));
    }

    private static Encounter Participants(params string[] references) =>
        new() { Participant = [.. references.Select(r => new Encounter.ParticipantComponent { Individual = new ResourceReference(r) })] };

    private static Bundle Transaction(params Bundle.EntryComponent[] entries) => new() { Type = Bundle.BundleType.Transaction, Entry = [.. entries] };

    private static Bundle.EntryComponent Entry(string method, string url, Resource? resource = null, string? fullUrl = null, string? ifNoneExist = null) => new()
    {
        FullUrl = fullUrl,
        Resource = resource,
        Request = new Bundle.RequestComponent { Method = Enum.Parse<Bundle.HTTPVerb>(method), Url = url, IfNoneExist = ifNoneExist },
    };

    private static Func<string> Ids()
    {
        var next = 0;
        return () => $"id{++next}";
    }

    private static async System.Threading.Tasks.Task<BundlePlan> PlanAsync(Bundle bundle, StoredResources? stored = null, bool keepIfNoneExist = true)
    {
        foreach (var entry in bundle.Entry.Where(e => !keepIfNoneExist && e.Request?.IfNoneExist is not null))
        {
            entry.Request!.IfNoneExist = null;
        }

        var result = await BundlePlan.MakeAsync(bundle, stored ?? [], PublishedResources.Server, Ids(), PublishedResources.Now, default);
        return result.Match(
            planned: p => p,
            refused: (fault, issues) => throw new AssertionException($"{fault} {issues[0].Diagnostics} {issues[0].Expression?.FirstOrDefault()}"));
    }

    /// <summary>What is stored, by the condition that finds it.</summary>
    private sealed class StoredResources : Dictionary<string, string[]?>, IConditionalLookup
    {
        internal int Asked { get; private set; }

        internal Func<string, string, string[]> Default { get; init; } = (_, _) => [];

        public ValueTask<IReadOnlyList<string>?> FindAsync(string type, string query, IReadOnlySet<string> without, CancellationToken cancellation)
        {
            Asked++;
            var found = TryGetValue($"{type}?{query}", out var known) ? known : Default(type, query);
            return new(found is null ? null : [.. found.Where(location => !without.Contains(location))]);
        }
    }
}
