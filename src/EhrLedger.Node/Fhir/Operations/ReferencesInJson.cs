using System.Text.Json;
using EhrLedger.Fhir.References;

namespace EhrLedger.Node.Fhir.Operations;

/// <summary>What a stored resource refers to, read off its JSON without making objects of it.</summary>
internal static class ReferencesInJson
{
    /// <summary><c>Type/id</c> of every reference to something on this server.</summary>
    public static HashSet<string> Of(ReadOnlySpan<byte> json, ServerBase server)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("reference"u8) && reader.Read() && reader.TokenType == JsonTokenType.String
                && FhirReference.Parse(reader.GetString()!) is { } reference && server.Owns(reference))
            {
                found.Add(reference.Relative);
            }
        }

        return found;
    }
}
