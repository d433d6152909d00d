using System.Security.Cryptography;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Sealing;

namespace EhrLedger.Consent.Grants;

/// <summary>What opens K1 of a single record: K1 itself, with what the custodians want to see. Zeroed on Dispose.</summary>
/// <param name="header">Of the record's version.</param>
/// <param name="row">The header's row.</param>
/// <param name="anchor">Where the row stands.</param>
/// <param name="firstHalf">K1. Taken over.</param>
public sealed class RecordKey(RecordHeader header, WriteRow row, Anchor anchor, HalfKey firstHalf) : IDisposable
{
    /// <summary>Of the record's version.</summary>
    public RecordHeader Header => header;

    /// <summary>The header's row.</summary>
    public WriteRow Row => row;

    /// <summary>Where the row stands.</summary>
    public Anchor Anchor => anchor;

    /// <summary>K1.</summary>
    public HalfKey FirstHalf => firstHalf;

    /// <summary>Overwrites the key with zeros.</summary>
    public void Dispose() => firstHalf.Dispose();

    /// <summary>"RecordKey(redacted)".</summary>
    public override string ToString() => "RecordKey(redacted)";

    internal static void Write(DeterministicCborWriter writer, RecordKey key)
    {
        Span<byte> half = stackalloc byte[HalfKey.KeyLength];
        key.FirstHalf.ExportTo(half);
        writer.WriteArray(4).WriteBytes(key.Header.Bytes.Span).WriteBytes(key.Row.Encode());
        Anchor.Write(writer, key.Anchor);
        writer.WriteBytes(half);
        CryptographicOperations.ZeroMemory(half);
    }

    // The bytes around are zeroed after reading: what stays is a copy.
    internal static RecordKey Read(StrictCborReader reader)
    {
        reader.ReadStartArray(4);
        var header = reader.Require(RecordHeader.TryParse(reader.ReadBytes(0, RecordHeader.LargestSize).ToArray()));
        var row = reader.Require(WriteRow.TryParse(reader.ReadBytes(0, WriteRow.LargestSize)));
        var key = new RecordKey(header, row, Anchor.Read(reader), reader.Require(HalfKey.TryFromBytes(reader.ReadBytes(HalfKey.KeyLength).Span)));
        reader.ReadEndArray();
        reader.Require(row.Header == header.Digest && row.Subject == header.Subject);
        return key;
    }
}
