using System.Globalization;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Views;

/// <summary>Where something stands on the ledger: the extension <c>urn:ehrledger:StructureDefinition:anchor</c>. A claim until somebody who has the log checks it.</summary>
/// <param name="Index">Of the entry in the log.</param>
/// <param name="Row">Number of the row in the entry's batch, from 0; null for what is an entry itself.</param>
/// <param name="Path">The row's path to the batch's root: the bytes of <c>anchor</c> in docs/formats.md; empty without a row.</param>
/// <param name="Checkpoint">A cosigned checkpoint whose tree has the entry: a signed note (C2SP tlog-checkpoint).</param>
public sealed record AnchorExtension(ulong Index, ulong? Row, ReadOnlyMemory<byte> Path, string Checkpoint)
{
    /// <summary>URL of the extension.</summary>
    public const string Url = "urn:ehrledger:StructureDefinition:anchor";

    /// <summary>As it stands in a resource.</summary>
    public Extension ToExtension()
    {
        var anchor = new Extension { Url = Url };
        anchor.Extension.Add(new Extension("index", new FhirString(Index.ToString(CultureInfo.InvariantCulture))));
        if (Row is { } row)
        {
            anchor.Extension.Add(new Extension("row", new FhirString(row.ToString(CultureInfo.InvariantCulture))));
            anchor.Extension.Add(new Extension("path", new Base64Binary(Path.ToArray())));
        }

        anchor.Extension.Add(new Extension("checkpoint", new FhirString(Checkpoint)));
        return anchor;
    }
}
