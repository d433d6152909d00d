using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using EhrLedger.Benchmarks.Http;
using EhrLedger.Consent.Subjects;

namespace EhrLedger.Benchmarks.Three;

/// <summary>
/// Patients whose records one of three nodes wrote and whose wallets granted two categories to another: what a grantee's searches and reads are measured on. Neither of the two is the sequencer.
/// </summary>
internal sealed class SharedRecords : IDisposable
{
    public const int Patients = 4;
    public const int Codes = 15;
    public const int HitsPerCode = 4;
    public const int Medications = 20;
    private readonly HttpClient _hospital;
    private readonly HttpClient _clinic;
    private readonly List<string> _atClinic = [];
    private readonly List<List<string>> _ids = [];

    private SharedRecords(Trio trio)
    {
        _hospital = Phone.ClientOf(trio.Nodes[2]);
        _clinic = Phone.ClientOf(trio.Nodes[1]);
    }

    public static async Task<SharedRecords> PrepareAsync(Trio trio)
    {
        var shared = new SharedRecords(trio);
        using var phone = new Phone(trio);
        for (var patient = 0; patient < Patients; patient++)
        {
            var id = await shared.WriteRecordsAsync(patient).ConfigureAwait(false);
            var local = await Phone.PostAsync(shared._clinic, "fhir/Patient", Samples.Patient(patient)).ConfigureAwait(false);
            shared._atClinic.Add((string)local["id"]!);
            await phone.ShareAsync(shared._hospital, id, shared._clinic, shared._atClinic[patient], [Category.Laboratory, Category.Medications]).ConfigureAwait(false);
            shared._ids.Add(await shared.FindAllAsync(patient).ConfigureAwait(false));
        }

        return shared;
    }

    /// <summary>A search by patient and code; throws unless exactly the granted four come back.</summary>
    public async Task SearchAsync(int client)
    {
        var found = CountOf(await GetAsync(QueryOf(client % Patients, Random.Shared.Next(Codes))).ConfigureAwait(false));
        if (found != HitsPerCode)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"A search found {found} instead of {HitsPerCode}."));
        }
    }

    /// <summary>A read by id; throws unless it is the granted record.</summary>
    public async Task ReadAsync(int client)
    {
        var ids = _ids[client % Patients];
        var id = ids[Random.Shared.Next(ids.Count)];
        var bytes = await GetAsync($"fhir/Observation/{id}").ConfigureAwait(false);
        if (bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"\"id\":\"{id}\"")) < 0)
        {
            throw new InvalidOperationException("A read answered with another record.");
        }
    }

    public void Dispose()
    {
        _hospital.Dispose();
        _clinic.Dispose();
    }

    private async Task<string> WriteRecordsAsync(int patient)
    {
        var id = (string)(await Phone.PostAsync(_hospital, "fhir/Patient", Samples.Patient(patient)).ConfigureAwait(false))["id"]!;
        var resources = Enumerable.Range(0, Codes * HitsPerCode).Select(number => ("Observation", Samples.Observation(id, number % Codes, number, null)))
            .Concat(Enumerable.Range(0, Medications).Select(number => ("MedicationRequest", Samples.MedicationRequest(id, number))));
        var bundle = new JsonObject
        {
            ["resourceType"] = "Bundle",
            ["type"] = "transaction",
            ["entry"] = new JsonArray([.. resources.Select(one => (JsonNode)new JsonObject
            {
                ["resource"] = JsonNode.Parse(one.Item2),
                ["request"] = new JsonObject { ["method"] = "POST", ["url"] = one.Item1 },
            })]),
        };
        await Phone.PostAsync(_hospital, "fhir", Encoding.UTF8.GetBytes(bundle.ToJsonString())).ConfigureAwait(false);
        return id;
    }

    /// <summary>The hospital seals anew beside its other work: all are there when the clinic sees them all.</summary>
    private async Task<List<string>> FindAllAsync(int patient)
    {
        for (var tries = 0; tries < 200; tries++)
        {
            var ids = new List<string>();
            for (var code = 0; code < Codes; code++)
            {
                var bundle = JsonNode.Parse(await GetAsync(QueryOf(patient, code)).ConfigureAwait(false))!;
                ids.AddRange(bundle["entry"]?.AsArray().Select(entry => entry!["resource"]!).Where(resource => (string?)resource["resourceType"] == "Observation").Select(resource => (string)resource["id"]!) ?? []);
            }

            if (ids.Count == Codes * HitsPerCode)
            {
                return ids;
            }

            await Task.Delay(100).ConfigureAwait(false);
        }

        throw new InvalidOperationException("The clinic does not see what it was granted.");
    }

    private string QueryOf(int patient, int code) => $"fhir/Observation?patient=Patient/{_atClinic[patient]}&code={Uri.EscapeDataString(Samples.CodeOf(code))}&_count=20";

    private async Task<byte[]> GetAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        using var answer = await _clinic.SendAsync(request).ConfigureAwait(false);
        var bytes = await answer.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
        return answer.IsSuccessStatusCode ? bytes : throw new InvalidOperationException($"{path} was answered with {(int)answer.StatusCode}: {Encoding.UTF8.GetString(bytes)}");
    }

    private static int CountOf(ReadOnlySpan<byte> json) => json.Count("\"resourceType\":\"Observation\""u8);
}
