using System.Xml;
using EhrLedger.Fhir.Outcomes;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Xml;

/// <summary>One pass over the text before any object is made: no document type and so no entity, not too deep, not too many nodes.</summary>
internal static class XmlGate
{
    /// <summary>Levels of elements, those of the narrative included.</summary>
    internal const int MaxDepth = 100;

    /// <summary>Elements and attributes.</summary>
    internal const int MaxNodes = 1_000_000;

    internal static XmlReaderSettings ReaderSettings { get; } = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        IgnoreProcessingInstructions = true,
        ConformanceLevel = ConformanceLevel.Document,
    };

    /// <returns>Null if the text may go to the parser.</returns>
    internal static OperationOutcome.IssueComponent? FindFault(string text)
    {
        try
        {
            using var characters = new StringReader(text);
            using var reader = XmlReader.Create(characters, ReaderSettings);
            var nodes = 0;
            while (reader.Read())
            {
                if (reader.NodeType == XmlNodeType.XmlDeclaration && reader.GetAttribute("encoding") is { } encoding && !encoding.Equals("utf-8", StringComparison.OrdinalIgnoreCase))
                {
                    return Outcome.Error(OperationOutcome.IssueType.Structure, "XML is sent as UTF-8.");
                }

                if (reader.NodeType != XmlNodeType.Element)
                {
                    continue;
                }

                nodes += 1 + reader.AttributeCount;
                if (nodes > MaxNodes)
                {
                    return Outcome.Error(OperationOutcome.IssueType.TooLong, $"XML has more than {MaxNodes} elements and attributes.");
                }

                if (reader.Depth >= MaxDepth)
                {
                    return Outcome.Error(OperationOutcome.IssueType.TooLong, $"XML is nested more than {MaxDepth} levels deep{Where(reader)}.");
                }
            }

            return null;
        }
        catch (XmlException fault)
        {
            // The reader's own text may repeat what it has read; line and column are what helps.
            return Outcome.Error(
                OperationOutcome.IssueType.Structure, $"The body is not well-formed XML without a document type at line {fault.LineNumber}, position {fault.LinePosition}.");
        }
    }

    private static string Where(XmlReader reader) => reader is IXmlLineInfo { LineNumber: > 0 } at ? $" at line {at.LineNumber}" : "";
}
