using System.Text.Json;

namespace EhrLedger.Wallet.Records;

/// <summary>Everything that a patient has, as one FHIR Bundle to take away.</summary>
public static class RecordsBundle
{
    /// <summary>A Bundle of type <c>collection</c> with the resources as their authors wrote them. What is no JSON object is left out.</summary>
    /// <param name="records">Usually the current ones.</param>
    /// <param name="now">Goes into <c>timestamp</c>.</param>
    /// <returns>UTF-8.</returns>
    public static byte[] Of(IEnumerable<OwnRecord> records, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(records);
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("resourceType", "Bundle");
            writer.WriteString("type", "collection");
            writer.WriteString("timestamp", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture));
            writer.WriteStartArray("entry");
            foreach (var record in records.Where(record => record.Glance().ResourceType.Length > 0))
            {
                writer.WriteStartObject();
                writer.WriteString("fullUrl", FullUrlOf(record));
                writer.WritePropertyName("resource");
                writer.WriteRawValue(record.Content.Span);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    // Record ids are random 16 bytes: they are UUIDs but for the bits that tell a version.
    private static string FullUrlOf(OwnRecord record) => "urn:uuid:" + new Guid(record.Version.Record.ToArray(), bigEndian: true).ToString("D");
}
