using System.Text.Json.Serialization;

namespace EhrLedger.Node.Fhir.Export;

/// <summary>What a finished export has.</summary>
/// <remarks>Source: Bulk Data Access IG 2.0.0, export, complete status. Instants as FHIR has them.</remarks>
internal sealed record ExportManifest(
    string TransactionTime, string Request, bool RequiresAccessToken, IReadOnlyList<ExportManifest.Item> Output, IReadOnlyList<ExportManifest.Item> Deleted, IReadOnlyList<ExportManifest.Item> Error)
{
    /// <param name="Type">Resource type of the lines.</param>
    /// <param name="Url">Absolute.</param>
    /// <param name="Count">Lines.</param>
    internal sealed record Item(string Type, string Url, long Count);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ExportManifest))]
internal sealed partial class ExportManifestJson : JsonSerializerContext;
