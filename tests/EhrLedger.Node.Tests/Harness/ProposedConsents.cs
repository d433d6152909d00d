using System.Globalization;
using System.Text.Json.Nodes;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Harness;

/// <summary>Consents with status proposed, and what became of them.</summary>
internal static class ProposedConsents
{
    private const string State = "urn:ehrledger:StructureDefinition:request-state";

    /// <summary>One that the node asks for, from today on.</summary>
    public static JsonObject Of(string patient, TestNode node, string category = "Laboratory", int days = 30) => Resources.Parse($$"""
        {
          "resourceType": "Consent", "status": "proposed",
          "scope": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy" }] },
          "category": [{ "coding": [{ "system": "http://loinc.org", "code": "59284-0" }] }],
          "patient": { "reference": "Patient/{{patient}}" },
          "policy": [{ "uri": "urn:ehrledger:policy:sealed-read:1" }],
          "provision": {
            "type": "permit", "period": { "start": "{{Day(0)}}", "end": "{{Day(days - 1)}}" },
            "actor": [{
              "role": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP" }] },
              "reference": { "identifier": { "system": "urn:ietf:rfc:3986", "value": "{{node.Organisation}}" } }
            }],
            "securityLabel": [{ "system": "urn:ehrledger:category", "code": "{{category}}" }],
            "purpose": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "TREAT" }]
          }
        }
        """);

    /// <summary>A day in UTC, so many days from today.</summary>
    public static string Day(int fromToday) => DateTime.UtcNow.AddDays(fromToday).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>The state that it says; null for none.</summary>
    public static string? StateOf(JsonObject consent) =>
        (consent["extension"]?.AsArray() ?? []).Where(extension => (string)extension!["url"]! == State).Select(extension => (string?)extension!["valueCode"]).SingleOrDefault();

    /// <summary>The states of all its versions, the oldest first.</summary>
    public static async Task<IReadOnlyList<string?>> StatesOfAsync(TestNode node, string id) =>
        [.. (await node.GetAsync($"Consent/{id}/_history")).Json["entry"]!.AsArray().Select(entry => StateOf(entry!["resource"]!.AsObject())).Reverse()];

    /// <summary>Waits for a state.</summary>
    public static Task BecomesAsync(TestNode node, string id, string state) => Eventually.BecomesTrueAsync($"the Consent is {state}", async () =>
    {
        var read = await node.GetAsync($"Consent/{id}");
        Assert.That(read.Status, Is.EqualTo(200), read.Text);
        return StateOf(read.Json) == state;
    });
}
