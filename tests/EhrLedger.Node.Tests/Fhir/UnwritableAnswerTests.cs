using System.Text.Json.Nodes;
using EhrLedger.Node.Fhir;
using EhrLedger.Node.Hosting;
using Hl7.Fhir.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>What the serializer chokes on is answered in FHIR's form all the same.</summary>
public sealed class UnwritableAnswerTests
{
    [TestCase("")]
    [TestCase("?_format=xml")]
    public async System.Threading.Tasks.Task Is_an_OperationOutcome_that_tells_nothing(string form)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.UseProblems();
        app.MapGet("/fhir/broken", () => FhirAnswer.Of(StatusCodes.Status200OK, new Patient { BirthDateElement = new Date { JsonValue = new Secret() } }));
        await app.StartAsync();
        using var client = new HttpClient();
        using var answer = await client.GetAsync($"{app.Urls.Single()}/fhir/broken{form}");
        var text = await answer.Content.ReadAsStringAsync();

        Assert.That(((int)answer.StatusCode, answer.Content.Headers.ContentType!.MediaType), Is.EqualTo((500, form.Length == 0 ? "application/fhir+json" : "application/fhir+xml")), text);
        Assert.That(text, Does.Contain("OperationOutcome").And.Not.Contain("Secret").And.Not.Contain("Exception:").And.Not.Contain("Hl7"));
        Assert.That(form.Length > 0 || (string?)JsonNode.Parse(text)!["issue"]![0]!["code"] == "exception");
    }

    private sealed class Secret;
}
