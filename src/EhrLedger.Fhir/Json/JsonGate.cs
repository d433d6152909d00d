using System.Text.Json;
using System.Text.Unicode;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Json;

/// <summary>
/// One pass over the tokens before any object is made. It catches what the SDK's parser either lets pass (a second resourceType, text after the
/// resource, numbers that a decimal would round) or answers with an exception of another kind than its own (invalid UTF-8, lone surrogates, depth).
/// </summary>
internal static class JsonGate
{
    private const int MaxNumberLength = 64;
    private const int MaxSignificantDigits = 28;

    internal static JsonReaderOptions ReaderOptions { get; } = new() { MaxDepth = FhirJson.MaxDepth, CommentHandling = JsonCommentHandling.Disallow };

    /// <returns>Null if the text may go to the parser.</returns>
    internal static OperationOutcome.IssueComponent? FindFault(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8))
        {
            return Structure("The body is not valid UTF-8.");
        }

        try
        {
            return FindFaultInTokens(utf8);
        }
        catch (JsonException fault)
        {
            // The reader's own text repeats a byte of the input at most; line and column are what helps.
            var where = $"line {fault.LineNumber.GetValueOrDefault() + 1}, byte {fault.BytePositionInLine.GetValueOrDefault() + 1}";
            return fault.Message.Contains("depth", StringComparison.Ordinal) && fault.Message.Contains("exceeded", StringComparison.Ordinal)
                ? Outcomes.Outcome.Error(OperationOutcome.IssueType.TooLong, $"JSON is nested more than {FhirJson.MaxDepth} levels deep at {where}.")
                : Structure($"The body is not well-formed JSON at {where}.");
        }
    }

    private static OperationOutcome.IssueComponent? FindFaultInTokens(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, ReaderOptions);
        var typesSeen = 0UL; // bit d: the object at depth d has had its resourceType
        var first = true;
        var isNarrative = false;
        while (reader.Read())
        {
            if (first && reader.TokenType != JsonTokenType.StartObject)
            {
                return Structure("A resource is a JSON object.");
            }

            first = false;
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    typesSeen &= ~(1UL << (reader.CurrentDepth + 1 & 63));
                    break;
                case JsonTokenType.PropertyName:
                    if (reader.ValueIsEscaped && HasLoneSurrogate(reader.ValueSpan))
                    {
                        return Structure("A property name has an unpaired surrogate.");
                    }

                    if (reader.ValueTextEquals("resourceType"u8))
                    {
                        var bit = 1UL << (reader.CurrentDepth & 63);
                        if ((typesSeen & bit) != 0)
                        {
                            return Structure("An object has two properties 'resourceType'.");
                        }

                        typesSeen |= bit;
                    }

                    isNarrative = reader.ValueTextEquals("div"u8);
                    break;
                case JsonTokenType.String when reader.ValueIsEscaped && HasLoneSurrogate(reader.ValueSpan):
                    return Structure("A string has an unpaired surrogate.");
                case JsonTokenType.String when isNarrative && MayBeCostly(reader.ValueSpan) && Xml.XmlGate.FindFault(reader.GetString()!) is { } flaw:
                    return flaw.Code == OperationOutcome.IssueType.TooLong ? flaw : Structure("The narrative is not the XHTML that FHIR allows.");
                case JsonTokenType.Number when LosesDigits(ref reader):
                    return Outcomes.Outcome.Error(
                        OperationOutcome.IssueType.Value, $"A number has more than {MaxSignificantDigits} digits, or is out of range, at byte {reader.TokenStartIndex + 1}.");
                default:
                    break;
            }
        }

        return first ? Structure("The body is empty.") : null;
    }

    private static OperationOutcome.IssueComponent Structure(string text) => Outcomes.Outcome.Error(OperationOutcome.IssueType.Structure, text);

    // The SDK's check takes a time that grows with the square of the depth, and it has entities put in. Each level takes a bracket, an entity a document type; both may be written with escapes.
    private static bool MayBeCostly(ReadOnlySpan<byte> raw) =>
        raw.IndexOf("DOCTYPE"u8) >= 0 || raw.IndexOf("\\u"u8) >= 0 || raw.Count((byte)'<') > Xml.XmlGate.MaxDepth;

    private static bool LosesDigits(ref Utf8JsonReader reader)
    {
        var text = reader.ValueSpan;
        if (text.Length > MaxNumberLength)
        {
            return true;
        }

        var digits = 0;
        var zero = true;
        var exponent = false;
        foreach (var c in text)
        {
            if (c is (byte)'e' or (byte)'E')
            {
                exponent = true;
                break;
            }

            if (c is >= (byte)'0' and <= (byte)'9')
            {
                zero &= c == '0';
                digits++;
            }
        }

        return digits > MaxSignificantDigits || !reader.TryGetDecimal(out var value) || (exponent && value == 0 && !zero);
    }

    private static bool HasLoneSurrogate(ReadOnlySpan<byte> raw)
    {
        // Raw bytes of a JSON string: only \uXXXX can spell half of a pair, for the UTF-8 around it was checked.
        var expectLow = false;
        for (var i = 0; i < raw.Length;)
        {
            if (raw[i] == '\\' && i + 5 < raw.Length && raw[i + 1] == 'u')
            {
                var unit = (Hex(raw[i + 2]) << 12) | (Hex(raw[i + 3]) << 8) | (Hex(raw[i + 4]) << 4) | Hex(raw[i + 5]);
                var low = unit is >= 0xDC00 and <= 0xDFFF;
                if (low != expectLow)
                {
                    return true;
                }

                expectLow = unit is >= 0xD800 and <= 0xDBFF;
                i += 6;
                continue;
            }

            if (expectLow)
            {
                return true;
            }

            i += raw[i] == '\\' ? 2 : 1;
        }

        return expectLow;
    }

    private static int Hex(byte c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}
