namespace EhrLedger.Node.Fhir.Export;

/// <summary>Where a file stands in the manifest.</summary>
internal enum ExportFileKind : byte
{
    /// <summary>Resources of one type.</summary>
    Output = 1,

    /// <summary>Bundles that name what was deleted.</summary>
    Deleted = 2,

    /// <summary>OperationOutcomes about what could not be exported.</summary>
    Error = 3,
}

/// <summary>A file of an export that is whole, on the disk and logged.</summary>
/// <param name="Kind">Where it stands.</param>
/// <param name="Type">Resource type of its lines.</param>
/// <param name="Id">16 random bytes: names it on the disk, and its seals.</param>
/// <param name="Count">Lines.</param>
/// <param name="Bytes">Of the lines, unsealed.</param>
internal sealed record ExportFile(ExportFileKind Kind, string Type, ReadOnlyMemory<byte> Id, long Count, long Bytes)
{
    public const int IdLength = 16;

    /// <summary>Its name in the export's folder.</summary>
    public string Name => NameOf(Id.Span);

    public static string NameOf(ReadOnlySpan<byte> id) => Convert.ToHexStringLower(id);
}
