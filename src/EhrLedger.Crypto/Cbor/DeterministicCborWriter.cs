using System.Formats.Cbor;

namespace EhrLedger.Crypto.Cbor;

/// <summary>Writes one CBOR item in the one encoding that <see cref="StrictCborReader"/> accepts. Calls chain.</summary>
/// <remarks>
/// Source: RFC 8949 §4.2.1, core deterministic encoding. Arrays and maps end by themselves after the number of items announced; map
/// keys may be written in any order, and come out sorted. Misuse (a key twice, too few items) is the caller's bug and throws <see cref="InvalidOperationException"/>.
/// </remarks>
/// <param name="capacity">Expected size in bytes; a good guess saves copies.</param>
public sealed class DeterministicCborWriter(int capacity = 256)
{
    private readonly CborWriter _writer = new(CborConformanceMode.Ctap2Canonical, convertIndefiniteLengthEncodings: false, initialCapacity: capacity);

    // For each open array or map: how many data items are still to come.
    private readonly Stack<int> _open = new();

    /// <summary>Unsigned integer (major type 0).</summary>
    public DeterministicCborWriter WriteUInt(ulong value)
    {
        _writer.WriteUInt64(value);
        return Written();
    }

    /// <summary>Signed integer (major type 0 or 1).</summary>
    public DeterministicCborWriter WriteInt(long value)
    {
        _writer.WriteInt64(value);
        return Written();
    }

    /// <summary>Byte string.</summary>
    public DeterministicCborWriter WriteBytes(ReadOnlySpan<byte> value)
    {
        _writer.WriteByteString(value);
        return Written();
    }

    /// <summary>A digest, as a byte string of 32.</summary>
    public DeterministicCborWriter WriteDigest(Digest value)
    {
        Span<byte> bytes = stackalloc byte[Digest.Length];
        value.CopyTo(bytes);
        return WriteBytes(bytes);
    }

    /// <summary>Text string, UTF-8.</summary>
    /// <exception cref="ArgumentException">The text has a lone surrogate.</exception>
    public DeterministicCborWriter WriteText(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        _writer.WriteTextString(value);
        return Written();
    }

    /// <summary>true or false.</summary>
    public DeterministicCborWriter WriteBool(bool value)
    {
        _writer.WriteBoolean(value);
        return Written();
    }

    /// <summary>null: an optional value that is not there.</summary>
    public DeterministicCborWriter WriteNull()
    {
        _writer.WriteNull();
        return Written();
    }

    /// <summary>An item that is already encoded, deterministically.</summary>
    /// <exception cref="ArgumentException">Not exactly one well-formed deterministic item.</exception>
    public DeterministicCborWriter WriteItem(ReadOnlySpan<byte> encoded)
    {
        _writer.WriteEncodedValue(encoded);
        return Written();
    }

    /// <summary>Starts an array. The next <paramref name="count"/> items are its elements.</summary>
    public DeterministicCborWriter WriteArray(int count)
    {
        _writer.WriteStartArray(count);
        return Opened(count, isArray: true);
    }

    /// <summary>Starts a map. The next 2 × <paramref name="count"/> items are its keys and values in turn.</summary>
    public DeterministicCborWriter WriteMap(int count)
    {
        _writer.WriteStartMap(count);
        return Opened(checked(count * 2), isArray: false);
    }

    /// <summary>The encoded item.</summary>
    /// <exception cref="InvalidOperationException">Nothing written, or an array or map has too few items.</exception>
    public byte[] ToArray() => _writer.Encode();

    // Maps are counted below zero, so that one stack tells both kinds apart.
    private DeterministicCborWriter Opened(int items, bool isArray)
    {
        if (items == 0)
        {
            return End(isArray);
        }

        _open.Push(isArray ? items : -items);
        return this;
    }

    private DeterministicCborWriter End(bool isArray)
    {
        if (isArray)
        {
            _writer.WriteEndArray();
        }
        else
        {
            _writer.WriteEndMap();
        }

        return Written();
    }

    private DeterministicCborWriter Written()
    {
        if (!_open.TryPop(out var left))
        {
            return this;
        }

        var isArray = left > 0;
        left -= Math.Sign(left);
        if (left == 0)
        {
            return End(isArray);
        }

        _open.Push(left);
        return this;
    }
}
