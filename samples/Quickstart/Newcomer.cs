using System.Text.Json;
using System.Text.Json.Nodes;
using System.Net.Http.Json;

namespace Quickstart;

/// <summary>
/// What a newcomer does with a phone of her own while the nodes go on running: a second patient waits at the hospital with a card, the clinic would like to see her records, and looks for them every few seconds.
/// </summary>
internal sealed class Newcomer(Options options, NodeProcess hospital, NodeProcess clinic, FhirSide atHospital, FhirSide atClinic)
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(10);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Console.WriteLine("\nThe nodes go on running until Ctrl+C. Be the next patient:\n");
        var import = await new Import(atHospital).RunAsync(options.Data, cancellationToken);
        var local = (string)(await atClinic.PostAsync("/fhir/Patient", JsonSerializer.SerializeToUtf8Bytes(import.PatientAtClinic()), cancellationToken))["id"]!;
        var card = await LinkAsync(hospital, $"/admin/patients/{import.PatientId}/take-over-codes", cancellationToken);

        // A wallet lives at the address that it was made at: there, too, belongs what others ask.
        var asks = new Uri(hospital.Address, "/wallet/connect").AbsoluteUri + (await LinkAsync(clinic, $"/admin/patients/{local}/access-requests", cancellationToken)).Fragment;
        Console.WriteLine($"""

               1. Open this on a screen as wide as a phone's, make a wallet, and connect to {hospital.Name}:

               {card.AbsoluteUri}

               2. {clinic.Name} would like to see your records. Open this in the same browser, and decide what it may see:

               {asks}

               3. Its Dr. Li Wei looks every {BetweenLooks.TotalSeconds} seconds. See under "Who looked" when she has.

            """);
        foreach (var node in (NodeProcess[])[hospital, clinic])
        {
            Console.WriteLine($"   {node.Name,-20} FHIR {node.Address}fhir   staff {node.Address}console   health {node.Address}health");
        }

        Console.WriteLine();
        await LookAsync(local, cancellationToken);
    }

    private async Task LookAsync(string local, CancellationToken cancellationToken)
    {
        var seen = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            var found = 0;
            foreach (var type in (string[])["Observation", "MedicationRequest", "Condition", "DiagnosticReport", "Immunization", "Procedure"])
            {
                found += (await atClinic.SearchAsync($"{type}?patient=Patient/{local}&_count=200", cancellationToken)).Count;
            }

            if (found != seen)
            {
                Console.WriteLine($"   {DateTime.Now:HH:mm:ss}  Dr. Li Wei sees {found} of your records.");
                seen = found;
            }

            await Task.Delay(BetweenLooks, cancellationToken);
        }
    }

    private static async Task<Uri> LinkAsync(NodeProcess node, string path, CancellationToken cancellationToken)
    {
        using var answer = await node.Http.PostAsync(path, null, cancellationToken);
        return answer.IsSuccessStatusCode && await answer.Content.ReadFromJsonAsync<JsonNode>(cancellationToken) is { } json && (string?)json["link"] is { } link
            ? new Uri(link)
            : throw new StepFailedException($"{node.Name} gives no invitation.");
    }
}
