using System.Text;
using System.Text.Unicode;
using System.Xml;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Outcomes;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;
using Hl7.Fhir.Validation;

namespace EhrLedger.Fhir.Xml;

/// <summary>
/// The XML form of R4 resources (FHIR R4 §2.6.1), for the edge alone: what is read becomes the resource that its JSON would have been, and nothing but JSON is stored. Comments and processing
/// instructions outside of the narrative are left out; the narrative stays as it is. White space at the ends of a string is not in this form: the SDK leaves it out both ways.
/// </summary>
public static class FhirXml
{
    private static readonly FhirXmlDeserializer Reader = new(new DeserializerSettings
    {
        NarrativeValidation = NarrativeValidationKind.FhirXhtml,
        ExceptionFilter = FhirJson.IsHarmless,
    });

    private static readonly FhirXmlSerializer Writer = new();

    // A value is an attribute: its ends of lines have to be written as characters, or they come back as spaces.
    private static readonly XmlWriterSettings Compact = new() { Encoding = new UTF8Encoding(false), NewLineHandling = NewLineHandling.Entitize };
    private static readonly XmlWriterSettings Indented = new() { Encoding = new UTF8Encoding(false), NewLineHandling = NewLineHandling.Entitize, Indent = true, NewLineChars = "\n" };

    /// <summary>Parses one resource or Bundle.</summary>
    /// <param name="utf8">The whole body; the caller has bounded its size.</param>
    /// <returns>Never throws on hostile input.</returns>
    public static ParsedResource Parse(ReadOnlyMemory<byte> utf8)
    {
        if (!Utf8.IsValid(utf8.Span))
        {
            return Refused("The body is not valid UTF-8.");
        }

        var text = Encoding.UTF8.GetString(utf8.Span is [0xEF, 0xBB, 0xBF, ..] ? utf8.Span[3..] : utf8.Span);
        if (XmlGate.FindFault(text) is { } flaw)
        {
            return new ParsedResource.Refused([flaw]);
        }

        try
        {
            using var characters = new StringReader(text);
            using var reader = XmlReader.Create(characters, XmlGate.ReaderSettings);
            var valid = Reader.TryDeserializeResource(reader, out var resource, out var issues);

            // One gate for both forms: what it lets through is what comes back from the store.
            return valid && resource is { HasOverflow: false } ? FhirJson.Parse(FhirJson.Write(resource)) : new ParsedResource.Refused(FhirJson.ToIssues(issues));
        }
        catch (Exception fault) when (fault is XmlException or InvalidOperationException or FormatException or OverflowException or ArgumentException
            or NotSupportedException or InvalidCastException or NullReferenceException or IndexOutOfRangeException)
        {
            return Refused("The body does not have the shape of an R4 resource.");
        }
    }

    /// <summary>Writes one resource as UTF-8 without a byte order mark.</summary>
    /// <returns>Null where a string holds a character that XML 1.0 can't carry (§2.2), such as U+0001.</returns>
    public static byte[]? Write(Resource resource, bool pretty = false)
    {
        ArgumentNullException.ThrowIfNull(resource);
        using var buffer = new MemoryStream(4096);
        try
        {
            using var xml = XmlWriter.Create(buffer, pretty ? Indented : Compact);
            Writer.Serialize(resource, xml);
        }
        catch (ArgumentException)
        {
            return null;
        }

        return buffer.ToArray();
    }

    private static ParsedResource.Refused Refused(string text) => new([Outcome.Error(OperationOutcome.IssueType.Structure, text)]);
}
