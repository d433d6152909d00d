namespace EhrLedger.Consent.Records;

/// <summary>One version of a record, as FHIR has it under <c>_history</c>.</summary>
/// <param name="Record">Which record.</param>
/// <param name="Version">From 1.</param>
public readonly record struct RecordVersion(RecordId Record, uint Version) : IComparable<RecordVersion>
{
    /// <summary>By id, then by version.</summary>
    public int CompareTo(RecordVersion other) => Record.CompareTo(other.Record) is var order and not 0 ? order : Version.CompareTo(other.Version);

    /// <summary><c>id/_history/version</c>.</summary>
    public override string ToString() => $"{Record}/_history/{Version}";

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <(RecordVersion left, RecordVersion right) => left.CompareTo(right) < 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >(RecordVersion left, RecordVersion right) => left.CompareTo(right) > 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <=(RecordVersion left, RecordVersion right) => left.CompareTo(right) <= 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >=(RecordVersion left, RecordVersion right) => left.CompareTo(right) >= 0;
}
