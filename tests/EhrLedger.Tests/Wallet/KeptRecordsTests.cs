using System.Text;
using System.Text.Json;
using EhrLedger.Consent.Subjects;
using EhrLedger.Wallet.Access;
using EhrLedger.Wallet.Records;
using NUnit.Framework;

namespace EhrLedger.Tests.Wallet;

public sealed class KeptRecordsTests
{
    [Test]
    public async Task What_was_opened_once_is_there_while_nobody_answers()
    {
        await using var world = await WalletWorld.ConnectAsync();
        await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        Assert.That(await world.Wallet.FindKeptRecordsAsync(0, Category.Medications, default), Is.Null);
        var read = await world.Wallet.ReadRecordsAsync(0, Category.Medications, default);
        foreach (var name in (string[])["hospital", "clinic", "insurer"])
        {
            world.Consortium.Handler.Down[name] = 0;
        }

        var unanswered = await world.Wallet.ReadRecordsAsync(0, Category.Medications, default);
        Assert.That(unanswered.Records, Is.Empty);
        var kept = (await world.Wallet.FindKeptRecordsAsync(0, Category.Medications, default))!;
        var (before, after) = (read.Records.Single(), kept.Records.Single());
        Assert.Multiple(() =>
        {
            Assert.That(after with { Content = before.Content, AnchoredAt = before.AnchoredAt }, Is.EqualTo(before));
            Assert.That(Encoding.UTF8.GetString(after.Content.Span), Is.EqualTo(WalletWorld.Aspirin));
            Assert.That(after.AnchoredAt, Is.EqualTo(before.AnchoredAt).Within(TimeSpan.FromMilliseconds(1)));
            Assert.That(kept.AsOf, Is.Not.Null);
        });
    }

    [Test]
    public async Task A_deletion_has_no_content_and_opens_all_the_same()
    {
        await using var world = await WalletWorld.ConnectAsync();
        await world.WriteAsync(Category.Medications, "");

        for (var i = 0; i < 2; i++)
        {
            var read = await world.Wallet.ReadRecordsAsync(0, Category.Medications, default);
            Assert.That((read.Complete, read.Records.Single().Content.IsEmpty), Is.EqualTo((true, true)), string.Join("; ", read.Findings));
        }
    }

    [Test]
    public async Task What_the_device_keeps_tells_nothing()
    {
        await using var world = await WalletWorld.ConnectAsync();
        await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        await world.Wallet.ReadRecordsAsync(0, Category.Medications, default);
        Assert.That(world.Store.Kept.Keys, Has.Some.StartsWith("records-"));
        Assert.That(world.Store.Kept.Values.Any(bytes => bytes.AsSpan().IndexOf("Aspirin"u8) >= 0), Is.False);
    }

    [TestCase("""{"resourceType":"Observation","valueQuantity":{"value":7.20,"unit":"mmol/L"}}""", "7.20 mmol/L")]
    [TestCase("""{"resourceType":"Observation","valueQuantity":{"comparator":"<","value":5,"code":"mg"}}""", "< 5 mg")]
    [TestCase("""{"resourceType":"Observation","component":[{"valueQuantity":{"value":120,"unit":"mmHg"}},{"valueQuantity":{"value":80,"unit":"mmHg"}}]}""", "120 / 80 mmHg")]
    [TestCase("""{"resourceType":"Observation","valueCodeableConcept":{"coding":[{"display":"Negative"}]}}""", "Negative")]
    [TestCase("""{"resourceType":"MedicationRequest","status":"active","dosageInstruction":[{"text":"one in the morning"}]}""", "one in the morning")]
    [TestCase("""{"resourceType":"Condition","clinicalStatus":{"coding":[{"code":"active"}]}}""", "active")]
    [TestCase("""{"valueQuantity":{"value":"no number"},"component":7,"status":{}}""", "no number")]
    [TestCase("""{"component":[7,null,{"valueQuantity":[]}],"dosage":[[]],"total":1}""", "")]
    [TestCase("[]", "")]
    public void A_value_is_said_with_its_unit(string json, string value) => Assert.That(FhirGlance.Of(Encoding.UTF8.GetBytes(json)).Value, Is.EqualTo(value));

    [Test]
    public void A_resource_is_read_line_by_line()
    {
        var lines = FhirLine.Of("""{"resourceType":"Observation","id":"x","status":"final","code":{"text":"Sodium"},"referenceRange":[{"low":{"value":135,"unit":"mmol/L"},"text":"usual"}]}"""u8.ToArray());
        Assert.That(
            lines,
            Is.EqualTo(new[] { new FhirLine(0, "Status", "final"), new FhirLine(0, "Code", "Sodium"), new FhirLine(0, "Reference range", ""), new FhirLine(1, "Low", "135 mmol/L"), new FhirLine(1, "Text", "usual") }));
        Assert.That(FhirLine.Of("nonsense"u8.ToArray()), Is.Empty);
    }

    [Test]
    public async Task Everything_goes_into_one_Bundle()
    {
        await using var world = await WalletWorld.ConnectAsync();
        await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        var read = await world.Wallet.ReadRecordsAsync(0, Category.Medications, default);
        using var bundle = JsonDocument.Parse(RecordsBundle.Of(read.Records, DateTimeOffset.UnixEpoch));
        var entry = bundle.RootElement.GetProperty("entry")[0];
        Assert.That(entry.GetProperty("resource").GetRawText(), Is.EqualTo(WalletWorld.Aspirin));
        Assert.That(entry.GetProperty("fullUrl").GetString(), Does.StartWith("urn:uuid:"));
    }

    [Test]
    public void No_cell_of_the_table_is_a_formula()
    {
        var organisation = default(EhrLedger.Ledger.Membership.OrganisationId);
        var seen = new AccessEvent(AccessKind.Searched, DateTimeOffset.UnixEpoch, 7, Category.Laboratory, organisation, null, null, true, "=HYPERLINK(\"x\")", "nurse, ward 3", null, [], null, true, []);
        var text = Encoding.UTF8.GetString(AccessLogCsv.Of([seen], _ => "Hospital"));
        Assert.That(text, Does.Contain("\"'=HYPERLINK(\"\"x\"\")\",\"nurse, ward 3\""));
        Assert.That(text.Split("\r\n"), Has.Length.EqualTo(3));
        Assert.That(Encoding.UTF8.GetString(AccessLogCsv.Of([seen with { GrantedBy = "=Bea" }], _ => "Hospital")), Does.EndWith(",7,'=Bea\r\n"));
        Assert.That(text, Does.EndWith(",7,\r\n").And.Contain(",ledger_index,allowed_by\r\n"));
    }
}
