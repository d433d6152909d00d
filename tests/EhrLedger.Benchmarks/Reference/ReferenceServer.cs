using System.Buffers;
using System.Text.Json;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace EhrLedger.Benchmarks.Reference;

/// <summary>
/// What FHIR over HTTP costs without sealing, log, index tokens and ledger: the same web server and JSON library, plaintext in SQLite. It parses with Firely's own validation and writes what
/// it parsed; nothing else is checked.
/// </summary>
internal static class ReferenceServer
{
    private static readonly FhirJsonDeserializer Reader = new();
    private static readonly FhirJsonSerializer Writer = new();

    /// <summary>Runs until it is stopped.</summary>
    public static async System.Threading.Tasks.Task RunAsync(string url, string folder, bool searchable)
    {
        using var store = new ReferenceStore(Path.Combine(folder, "reference.db"), searchable);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(url).ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 16 << 20);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        await using (app.ConfigureAwait(false))
        {
            var fhir = app.MapGroup("/fhir");
            fhir.MapGet("/metadata", () => Results.Text("{\"resourceType\":\"CapabilityStatement\"}", "application/fhir+json"));
            fhir.MapPost("/", (HttpRequest request) => TransactAsync(request, store));
            fhir.MapPost("/{type}", (string type, HttpRequest request) => WriteAsync(request, store, null));
            fhir.MapPut("/{type}/{id}", (string type, string id, HttpRequest request) => WriteAsync(request, store, id));
            fhir.MapGet("/{type}/{id}", (string type, string id) =>
                store.Find(type, id) is { } json ? Results.Bytes(json, "application/fhir+json") : Results.NotFound());
            fhir.MapGet("/Patient/{id}/$everything", (string id) => Searchset(store.Everything($"Patient/{id}")));
            fhir.MapGet("/{type}", (string type, HttpRequest request) => Search(type, request, store));
            await app.RunAsync().ConfigureAwait(false);
        }
    }

    private static async Task<IResult> WriteAsync(HttpRequest request, ReferenceStore store, string? id)
    {
        if (await ReadAsync(request).ConfigureAwait(false) is not { } resource)
        {
            return Results.BadRequest();
        }

        resource.Id = id ?? Guid.NewGuid().ToString();
        var version = Index(resource);
        await store.WriteAsync([version]).ConfigureAwait(false);
        request.HttpContext.Response.Headers.Location = $"{version.Type}/{version.Id}";
        request.HttpContext.Response.StatusCode = id is null ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        return Results.Bytes(version.Json, "application/fhir+json");
    }

    private static async Task<IResult> TransactAsync(HttpRequest request, ReferenceStore store)
    {
        if (await ReadAsync(request).ConfigureAwait(false) is not Bundle bundle)
        {
            return Results.BadRequest();
        }

        var answer = new Bundle { Type = Bundle.BundleType.TransactionResponse };
        var ids = new Dictionary<string, string>();
        var made = new List<Resource>();
        foreach (var entry in bundle.Entry)
        {
            if (entry is not { Resource: { } resource, Request: { } asked })
            {
                return Results.BadRequest();
            }

            var existing = asked.IfNoneExist is { } condition ? Resolve(resource.TypeName, condition, store) : null;
            resource.Id = existing ?? Guid.NewGuid().ToString();
            var location = $"{resource.TypeName}/{resource.Id}";
            ids[entry.FullUrl ?? location] = location;
            answer.Entry.Add(new Bundle.EntryComponent { Response = new Bundle.ResponseComponent { Status = existing is null ? "201" : "200", Location = location } });
            if (existing is null)
            {
                made.Add(resource);
            }
        }

        foreach (var one in made)
        {
            Rewrite(one, reference => ids.TryGetValue(reference, out var known) ? known
                : reference.IndexOf('?', StringComparison.Ordinal) is var mark and > 0 && Resolve(reference[..mark], reference[(mark + 1)..], store) is { } id ? $"{reference[..mark]}/{id}"
                : reference);
        }

        await store.WriteAsync(made.ConvertAll(Index)).ConfigureAwait(false);
        return Results.Bytes(Write(answer), "application/fhir+json");
    }

    private static IResult Search(string type, HttpRequest request, ReferenceStore store)
    {
        var patient = request.Query["patient"].ToString();
        patient = patient.Contains('/', StringComparison.Ordinal) ? patient : $"Patient/{patient}";
        return Searchset((request.Query["date"], request.Query["code"]) switch
        {
            ([{ } from, { } before], _) => store.SearchByDate(type, patient, from["ge".Length..], before["lt".Length..], 20),
            (_, var code) when request.Query["patient"].Count == 0 => store.SearchByCode(type, code.ToString(), 20),
            (_, var code) => store.Search(type, patient, code.ToString(), 20),
        });
    }

    private static IResult Searchset(IReadOnlyList<byte[]> found)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("resourceType", "Bundle");
            json.WriteString("type", "searchset");
            json.WriteStartArray("entry");
            foreach (var resource in found)
            {
                json.WriteStartObject();
                json.WritePropertyName("resource");
                json.WriteRawValue(resource, skipInputValidation: true);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Results.Bytes(buffer.WrittenMemory.ToArray(), "application/fhir+json");
    }

    private static async Task<Resource?> ReadAsync(HttpRequest request)
    {
        using var body = new MemoryStream(request.ContentLength is { } length and < 16 << 20 ? (int)length : 4096);
        await request.Body.CopyToAsync(body).ConfigureAwait(false);
        return Parse(body.GetBuffer().AsSpan(0, (int)body.Length));
    }

    private static Resource? Parse(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        return Reader.TryDeserializeResource(ref reader, out var resource, out _) ? resource : null;
    }

    private static byte[] Write(Resource resource)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var json = new Utf8JsonWriter(buffer))
        {
            Writer.Serialize(resource, json);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static PlainVersion Index(Resource resource)
    {
        resource.Meta ??= new Meta();
        resource.Meta.LastUpdated = DateTimeOffset.UtcNow;
        string? patient = null;
        string? code = null;
        string? date = null;
        var identifiers = new List<string>();
        foreach (var (name, value) in resource.EnumerateElements())
        {
            switch (name, value)
            {
                case ("subject" or "patient", ResourceReference reference):
                    patient = reference.Reference;
                    break;
                case ("code", CodeableConcept { Coding: [var coding, ..] }):
                    code = $"{coding.System}|{coding.Code}";
                    break;
                case ("effective", FhirDateTime time):
                    date = time.Value;
                    break;
                case ("identifier", IEnumerable<Identifier> many):
                    identifiers.AddRange(many.Select(one => $"{one.System}|{one.Value}"));
                    break;
                default:
                    break;
            }
        }

        return new PlainVersion(resource.TypeName, resource.Id ?? throw new ArgumentException("No id.", nameof(resource)), Write(resource), resource is Patient ? $"Patient/{resource.Id}" : patient, code, date, identifiers);
    }

    // identifier=system|value is the only condition that Synthea's files have.
    private static string? Resolve(string type, string condition, ReferenceStore store) =>
        condition.StartsWith("identifier=", StringComparison.Ordinal) ? store.FindByIdentifier(type, Uri.UnescapeDataString(condition["identifier=".Length..])) : null;

    private static void Rewrite(Base node, Func<string, string> target)
    {
        if (node is ResourceReference { Reference: { } text } reference)
        {
            reference.Reference = target(text);
        }

        foreach (var (_, value) in node.EnumerateElements())
        {
            if (value is Base child)
            {
                Rewrite(child, target);
            }
            else if (value is System.Collections.IEnumerable many and not string)
            {
                foreach (var item in many.OfType<Base>())
                {
                    Rewrite(item, target);
                }
            }
        }
    }
}
