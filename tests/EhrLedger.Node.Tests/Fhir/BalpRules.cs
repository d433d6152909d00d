using System.Text.Json.Nodes;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>What IHE's Basic Audit Log Patterns ask of the AuditEvents that claim them.</summary>
/// <remarks>
/// Source: IHE ITI BALP 1.1, input/fsh/PatientRead.fsh, PatientQuery.fsh, PatientCreate.fsh, PatientUpdate.fsh, PatientDelete.fsh (github.com/IHE/ITI.BasicAudit): fixed codes, slices of agent and entity by type, cardinalities.
/// </remarks>
internal static class BalpRules
{
    private const string Profiles = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";

    private static readonly Dictionary<string, Rule> Rules = new()
    {
        ["PatientRead"] = new("R", ["read", "vread"], Client: "110152", Server: "110153", User: "IRCP"),
        ["PatientQuery"] = new("E", ["search", "search-type", "search-system"], Client: "110153", Server: "110152", User: "IRCP"),
        ["PatientCreate"] = new("C", ["create"], Client: "110153", Server: "110152", User: "AUT"),
        ["PatientUpdate"] = new("U", ["update", "patch"], Client: "110153", Server: "110152", User: "AUT"),
        ["PatientDelete"] = new("D", ["delete"], Client: "110150", Server: "custodian", User: "AUT"),
    };

    /// <summary>The profile that an event claims, whose rules it keeps; null for none.</summary>
    public static string? Check(JsonObject audit)
    {
        var name = (audit["meta"]?["profile"]?.AsArray() ?? []).Select(profile => (string)profile!).FirstOrDefault(profile => profile.StartsWith(Profiles, StringComparison.Ordinal))?[Profiles.Length..];
        if (name is null)
        {
            return null;
        }

        var rule = Rules[name];
        Assert.That(Code(audit["type"]!), Is.EqualTo(("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest")), "type");
        Assert.That(audit["subtype"]!.AsArray().Select(subtype => Code(subtype!)), Has.Some.Matches<(string?, string?)>(subtype => subtype.Item1 == "http://hl7.org/fhir/restful-interaction" && rule.Subtypes.Contains(subtype.Item2)), "subtype");
        Assert.That(((string?)audit["action"], (string?)audit["outcome"]), Is.EqualTo((rule.Action, "0")));
        Assert.That(DateTimeOffset.TryParse((string?)audit["recorded"], out _), "recorded");
        Assert.That(audit["source"]!["observer"], Is.Not.Null);

        var agents = audit["agent"]!.AsArray().Select(agent => agent!.AsObject()).ToList();
        foreach (var type in (string[])[rule.Client, rule.Server])
        {
            var one = agents.Where(agent => HasType(agent, type)).ToList();
            Assert.That(one, Has.Count.EqualTo(1), type);
            Assert.That((one[0]["who"] is not null, one[0]["network"] is not null, one[0]["media"] is null), Is.EqualTo((true, true, true)), type);
        }

        var users = agents.Where(agent => HasType(agent, rule.User)).ToList();
        Assert.That(users, Has.Count.LessThanOrEqualTo(1));
        Assert.That(users.All(user => user["who"] is not null && (bool)user["requestor"]! && user["network"] is null && user["media"] is null));
        Assert.That(agents.Count(agent => (bool)agent["requestor"]!), Is.EqualTo(1), "FHIR R4 AuditEvent.agent.requestor: one has asked");

        var entities = audit["entity"]!.AsArray().Select(entity => entity!.AsObject()).ToList();
        var patient = entities.Single(entity => (string?)entity["type"]!["code"] == "1");
        Assert.That((string?)patient["role"]!["code"], Is.EqualTo("1"));
        Assert.That((string?)patient["what"]!["reference"], Does.StartWith("Patient/"));
        var system = entities.Single(entity => (string?)entity["type"]!["code"] == "2");
        if (name == "PatientQuery")
        {
            Assert.That((string?)system["role"]!["code"], Is.EqualTo("24"));
            Assert.That((system["query"] is not null, system["what"] is null, system["lifecycle"] is null, system["detail"] is null), Is.EqualTo((true, true, true, true)));
        }
        else
        {
            Assert.That((string?)system["role"]!["code"], Is.AnyOf("3", "4", "20"));
            Assert.That(system["what"], Is.Not.Null);
        }

        return name;
    }

    private static (string?, string?) Code(JsonNode coding) => ((string?)coding["system"], (string?)coding["code"]);

    private static bool HasType(JsonObject agent, string code) => agent["type"]!["coding"]!.AsArray().Any(coding => (string?)coding!["code"] == code);

    private sealed record Rule(string Action, string[] Subtypes, string Client, string Server, string User);
}
