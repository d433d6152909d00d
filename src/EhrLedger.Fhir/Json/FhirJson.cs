using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using EhrLedger.Fhir.Outcomes;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;
using Hl7.Fhir.Utility;
using Hl7.Fhir.Validation;

namespace EhrLedger.Fhir.Json;

/// <summary>
/// The JSON form of R4 resources (FHIR R4 §2.6.2). Reading is strict: what is accepted is written again with the same meaning, decimals with the same
/// digits. Not kept is what JSON gives no meaning: the order of properties, white space (also inside base64), how a string is escaped, an exponent.
/// </summary>
public static partial class FhirJson
{
    /// <summary>Levels of arrays and objects in one body.</summary>
    public const int MaxDepth = 62;

    /// <summary>Issues named in one refusal; the rest says nothing that these do not.</summary>
    public const int MaxIssues = 20;

    private static readonly FhirJsonDeserializer Reader = new(new DeserializerSettings
    {
        NarrativeValidation = NarrativeValidationKind.FhirXhtml,
        ExceptionFilter = IsHarmless,
    });

    private static readonly FhirJsonSerializer Writer = new();

    // Escapes what JSON demands and no more: the answer goes out as application/fhir+json, never inside HTML.
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    private static readonly JsonWriterOptions Indented = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true, Indented = true, NewLine = "\n" };

    /// <summary>Parses one resource or Bundle.</summary>
    /// <param name="utf8">The whole body; the caller has bounded its size. A byte order mark is skipped.</param>
    /// <returns>Never throws on hostile input.</returns>
    public static ParsedResource Parse(ReadOnlySpan<byte> utf8)
    {
        utf8 = utf8 is [0xEF, 0xBB, 0xBF, ..] ? utf8[3..] : utf8;
        if (JsonGate.FindFault(utf8) is { } flaw)
        {
            return new ParsedResource.Refused([flaw]);
        }

        try
        {
            var reader = new Utf8JsonReader(utf8, JsonGate.ReaderOptions);
            var valid = Reader.TryDeserializeResource(ref reader, out var resource, out var issues);
            return valid && resource is { HasOverflow: false }
                ? new ParsedResource.Accepted(resource)
                : new ParsedResource.Refused(ToIssues(issues));
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException or OverflowException or ArgumentException
            or NotSupportedException or InvalidCastException or NullReferenceException or IndexOutOfRangeException)
        {
            // The SDK meets some shapes (an array where a resource should be) with exceptions of its own making; the input is to blame.
            return new ParsedResource.Refused([Outcome.Error(OperationOutcome.IssueType.Structure, "The body does not have the shape of an R4 resource.")]);
        }
    }

    /// <summary>Writes one resource as UTF-8 without a byte order mark.</summary>
    public static byte[] Write(Resource resource, bool pretty = false)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        Write(resource, buffer, pretty);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes one resource to a buffer, for answers that stream.</summary>
    public static void Write(Resource resource, IBufferWriter<byte> buffer, bool pretty = false)
    {
        ArgumentNullException.ThrowIfNull(resource);
        using var json = new Utf8JsonWriter(buffer, pretty ? Indented : Compact);
        Writer.Serialize(resource, json);
    }

    /// <summary>
    /// A narrative of nothing but white space breaks rule txt-2, yet HL7's own examples hold one. It carries no danger and no meaning, so it passes.
    /// </summary>
    internal static bool IsHarmless(CodedException issue) =>
        issue.ErrorCode == CodedValidationException.NARRATIVE_XML_IS_INVALID_CODE
        && issue.Message.Contains("SHALL have some non-whitespace content", StringComparison.Ordinal);

    internal static OperationOutcome.IssueComponent[] ToIssues(IEnumerable<CodedException>? issues)
    {
        var list = (issues ?? []).Take(MaxIssues).Select(ToIssue).ToArray();
        return list.Length > 0 ? list : [Outcome.Error(OperationOutcome.IssueType.Structure, "The resource has content that R4 does not know.")];
    }

    private static OperationOutcome.IssueComponent ToIssue(CodedException issue)
    {
        if (issue is not ExtendedCodedException located)
        {
            return Outcome.Error(OperationOutcome.IssueType.Invalid, "The resource is invalid.");
        }

        var text = located.BaseErrorMessage ?? "The resource is invalid.";
        if (located.ErrorCode is CodedValidationException.NARRATIVE_XML_IS_INVALID_CODE or CodedValidationException.NARRATIVE_XML_IS_MALFORMED_CODE)
        {
            text = "The narrative is not the XHTML that FHIR allows.";
        }
        else if (located.ErrorCode is not (CodedValidationException.UNKNOWN_ELEMENT_CODE or CodedValidationException.UNKNOWN_RESOURCE_TYPE_CODE)
            && located.ErrorCode?.StartsWith("PVAL1", StringComparison.Ordinal) is true)
        {
            // "string '1850-13-45' is not a correct literal for a date": the literal is the patient's, the rest is help.
            text = QuotedValue().Replace(text, "$1");
        }

        var where = located.LineNumber is { } line ? $" (line {line}, position {located.Position})" : string.Empty;
        return Outcome.Error(located.IssueType, text + where, string.IsNullOrEmpty(located.InstancePath) ? null : located.InstancePath);
    }

    [GeneratedRegex(@"\b(string|[Vv]alue) '.*?'(?= is)", RegexOptions.Singleline)]
    private static partial Regex QuotedValue();
}
