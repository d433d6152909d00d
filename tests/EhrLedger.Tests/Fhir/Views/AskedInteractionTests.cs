using EhrLedger.Fhir.Views.Audit;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir.Views;

/// <summary>What a request was, by its line: R4's http://hl7.org/fhir/restful-interaction, and the action of an AuditEvent.</summary>
public sealed class AskedInteractionTests
{
    [TestCase("GET /fhir/Observation/1", InteractionKind.Read, "read", 'R')]
    [TestCase("HEAD /fhir/Observation/1?_summary=text", InteractionKind.Read, "read", 'R')]
    [TestCase("GET /fhir/Observation/1/_history/2", InteractionKind.Read, "vread", 'R')]
    [TestCase("GET /fhir/Observation/1/_history", InteractionKind.Other, "history-instance", 'R')]
    [TestCase("GET /fhir/Observation/_history", InteractionKind.Other, "history-type", 'R')]
    [TestCase("GET /fhir/_history?_since=2020", InteractionKind.Other, "history-system", 'R')]
    [TestCase("GET /fhir/Observation?code=a/b", InteractionKind.Search, "search-type", 'E')]
    [TestCase("POST /fhir/Observation/_search\n\ncode=a", InteractionKind.Search, "search-type", 'E')]
    [TestCase("GET /fhir/Patient/1/Observation", InteractionKind.Search, "search-type", 'E')]
    [TestCase("GET /fhir?_page=x", InteractionKind.Search, "search-system", 'E')]
    [TestCase("GET /fhir/Patient/1/$everything", InteractionKind.Other, "operation", 'E')]
    [TestCase("POST /fhir/Observation", InteractionKind.Write, "create", 'C')]
    [TestCase("PUT /fhir/Observation?code=a", InteractionKind.Write, "update", 'U')]
    [TestCase("PATCH /fhir/Observation/1", InteractionKind.Write, "patch", 'U')]
    [TestCase("DELETE /fhir/Observation/1", InteractionKind.Write, "delete", 'D')]
    [TestCase("POST /fhir", InteractionKind.Write, "batch", 'E')]
    public void Is_read_from_the_line(string line, InteractionKind kind, string code, char action) => Assert.That(AskedInteraction.Parse(line), Is.EqualTo(new AskedInteraction(kind, code, action)));

    [TestCase("")]
    [TestCase("GET")]
    [TestCase("GET /metrics")]
    [TestCase("OPTIONS /fhir/Observation")]
    public void What_is_no_request_of_the_API_is_none(string line) => Assert.That(AskedInteraction.Parse(line), Is.Null);
}
