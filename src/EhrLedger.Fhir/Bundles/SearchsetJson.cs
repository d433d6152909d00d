using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using EhrLedger.Fhir.Json;
using Hl7.Fhir.Model;
using Hl7.Fhir.Utility;

namespace EhrLedger.Fhir.Bundles;

/// <summary>
/// The JSON of a searchset (FHIR R4 §3.1.1.1.5) whose resources lie ready in their bytes: these go into the answer as they are, instead of being made again of what was parsed.
/// </summary>
public static class SearchsetJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>The same meaning as <see cref="FhirJson.Write(Resource, bool)"/> gives.</summary>
    /// <param name="bundle">With what <see cref="Searchset"/> puts into one, and nothing else.</param>
    /// <param name="stored">The JSON of an entry's resource where it lies ready; null where it has to be written.</param>
    /// <exception cref="ArgumentException">The Bundle has an element that no searchset of ours has: it would be lost.</exception>
    public static byte[] Write(Bundle bundle, Func<Resource, ReadOnlyMemory<byte>?> stored)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(stored);
        Require(bundle, "type", "total", "link", "entry");
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("resourceType", "Bundle");
            json.WriteString("type", bundle.Type.GetLiteral());
            if (bundle.Total is { } total)
            {
                json.WriteNumber("total", total);
            }

            WriteArray(json, "link", bundle.Link, link =>
            {
                Require(link, "relation", "url");
                WriteString(json, "relation", link.Relation);
                WriteString(json, "url", link.Url);
            });
            WriteArray(json, "entry", bundle.Entry, entry =>
            {
                Require(entry, "fullUrl", "resource", "search");
                WriteString(json, "fullUrl", entry.FullUrl);
                if (entry.Resource is { } resource)
                {
                    json.WritePropertyName("resource");
                    json.WriteRawValue(stored(resource) is { } bytes ? bytes.Span : FhirJson.Write(resource), skipInputValidation: true);
                }

                if (entry.Search is { } search)
                {
                    Require(search, "mode");
                    json.WriteStartObject("search");
                    WriteString(json, "mode", search.Mode.GetLiteral());
                    json.WriteEndObject();
                }
            });
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteArray<T>(Utf8JsonWriter json, string name, List<T> items, Action<T> write)
    {
        // An array that is empty is none in FHIR.
        if (items.Count == 0)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteString(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void Require(Base element, params ReadOnlySpan<string> known)
    {
        foreach (var (name, _) in element.EnumerateElements())
        {
            if (!known.Contains(name))
            {
                throw new ArgumentException($"A searchset of ours has no {element.TypeName}.{name}.", nameof(element));
            }
        }
    }
}
