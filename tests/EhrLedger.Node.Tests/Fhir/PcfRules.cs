using System.Text.Json.Nodes;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>What IHE's Privacy Consent on FHIR asks of every Consent.</summary>
/// <remarks>Source: IHE ITI PCF 1.1, input/fsh/consent.fsh, IHE.PCF.consentFoundation (github.com/IHE/ITI.PCF): cardinalities, fixed codes, elements that are not used.</remarks>
internal static class PcfRules
{
    public static void Check(JsonObject consent)
    {
        Assert.That(consent["meta"]!["profile"]!.AsArray().Select(profile => (string)profile!), Does.Contain("https://profiles.ihe.net/ITI/PCF/StructureDefinition/IHE.PCF.consentFoundation"));
        foreach (var mandatory in (string[])["status", "scope", "category", "patient", "dateTime", "performer", "organization", "policy", "provision"])
        {
            Assert.That(consent[mandatory], Is.Not.Null, mandatory);
        }

        Assert.That((string?)consent["scope"]!["coding"]![0]!["code"], Is.EqualTo("patient-privacy"));
        Assert.That(new[] { consent["sourceAttachment"], consent["sourceReference"] }.Count(source => source is not null), Is.EqualTo(1), "source");
        Assert.That(consent["policy"]!.AsArray().All(policy => policy!["uri"] is not null && policy["authority"] is null));
        Assert.That((consent["policyRule"], consent["verification"]), Is.EqualTo(((JsonNode?)null, (JsonNode?)null)));
        var provision = consent["provision"]!.AsObject();
        Assert.That((string?)provision["type"], Is.EqualTo("permit"));
        Assert.That(provision["actor"]!.AsArray().Select(actor => (string?)actor!["role"]!["coding"]![0]!["code"]), Has.All.EqualTo("IRCP"));
        foreach (var unused in (string[])["action", "class", "code"])
        {
            Assert.That(provision[unused], Is.Null, unused);
        }

        Assert.That((provision["data"]?.AsArray() ?? []).Select(data => (string?)data!["meaning"]), Has.All.EqualTo("instance"));
    }
}
