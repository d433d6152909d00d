using System.Diagnostics.CodeAnalysis;
using System.Formats.Cbor;
using System.Text;

namespace EhrLedger.Crypto.Cbor;

/// <summary>
/// Reads deterministic CBOR: shortest integers and lengths, map keys in order and once, valid UTF-8, no tags, no floats, no
/// indefinite lengths, no simple values but true, false and null.
/// </summary>
/// <remarks>
/// Source: RFC 8949 §4.2.1. Each call either returns what it asks for or leaves the reading function; <see cref="CborReading"/> is
/// where that ends. Byte strings and items are slices of the input, not copies.
/// </remarks>
public sealed class StrictCborReader
{
    private const int DeepestItem = 16;

    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly CborReader _reader;

    internal StrictCborReader(ReadOnlyMemory<byte> bytes)
    {
        _bytes = bytes;
        _reader = new CborReader(bytes, CborConformanceMode.Ctap2Canonical);
    }

    /// <summary>Unsigned integer, at most <paramref name="most"/>.</summary>
    public ulong ReadUInt(ulong most = ulong.MaxValue)
    {
        Expect(CborReaderState.UnsignedInteger);
        var value = _reader.ReadUInt64();
        Require(value <= most);
        return value;
    }

    /// <summary>Unsigned integer of at most 32 bits.</summary>
    public uint ReadUInt32() => (uint)ReadUInt(uint.MaxValue);

    /// <summary>Unsigned integer of at most 8 bits.</summary>
    public byte ReadByte() => (byte)ReadUInt(byte.MaxValue);

    /// <summary>Integer of at most 64 bits with its sign.</summary>
    public long ReadInt()
    {
        if (_reader.PeekState() == CborReaderState.UnsignedInteger)
        {
            return (long)ReadUInt(long.MaxValue);
        }

        Expect(CborReaderState.NegativeInteger);

        // The number n stands for −1 − n.
        var n = _reader.ReadCborNegativeIntegerRepresentation();
        Require(n <= long.MaxValue);
        return -1 - (long)n;
    }

    /// <summary>Byte string of exactly this length.</summary>
    public ReadOnlyMemory<byte> ReadBytes(int exactly) => ReadBytes(exactly, exactly);

    /// <summary>Byte string of a length within these bounds, both included.</summary>
    public ReadOnlyMemory<byte> ReadBytes(int least, int most)
    {
        Expect(CborReaderState.ByteString);
        var bytes = _reader.ReadDefiniteLengthByteString();
        Require(bytes.Length >= least && bytes.Length <= most);
        return bytes;
    }

    /// <summary>Byte string of 32, as a digest.</summary>
    public Digest ReadDigest() => Digest.FromBytes(ReadBytes(Digest.Length).Span);

    /// <summary>Text of at most <paramref name="mostBytes"/> bytes of UTF-8.</summary>
    public string ReadText(int mostBytes)
    {
        Expect(CborReaderState.TextString);
        var bytes = _reader.ReadDefiniteLengthTextStringBytes();
        Require(bytes.Length <= mostBytes);
        return Encoding.UTF8.GetString(bytes.Span);
    }

    /// <summary>true or false.</summary>
    public bool ReadBool()
    {
        Expect(CborReaderState.Boolean);
        return _reader.ReadBoolean();
    }

    /// <summary>Consumes null, if that is what comes next.</summary>
    /// <returns>False, and nothing consumed, if something else comes next.</returns>
    public bool TryReadNull()
    {
        if (_reader.PeekState() != CborReaderState.Null)
        {
            return false;
        }

        _reader.ReadNull();
        return true;
    }

    /// <summary>Starts an array of exactly this many items.</summary>
    public void ReadStartArray(int exactly) => ReadStartArray(exactly, exactly);

    /// <summary>Starts an array whose length is within these bounds, both included.</summary>
    /// <returns>The number of items.</returns>
    public int ReadStartArray(int least, int most)
    {
        Expect(CborReaderState.StartArray);
        return Bounded(_reader.ReadStartArray(), least, most);
    }

    /// <summary>Ends the array.</summary>
    public void ReadEndArray()
    {
        Expect(CborReaderState.EndArray);
        _reader.ReadEndArray();
    }

    /// <summary>An array whose length is within these bounds, both included, each item read by the function.</summary>
    public T[] ReadArray<T>(int least, int most, Func<StrictCborReader, T> readItem)
    {
        ArgumentNullException.ThrowIfNull(readItem);
        var items = new T[ReadStartArray(least, most)];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = readItem(this);
        }

        ReadEndArray();
        return items;
    }

    /// <summary>Starts a map of exactly this many pairs. That keys come in order, and once, is checked here.</summary>
    public void ReadStartMap(int exactly)
    {
        Expect(CborReaderState.StartMap);
        Bounded(_reader.ReadStartMap(), exactly, exactly);
    }

    /// <summary>Ends the map.</summary>
    public void ReadEndMap()
    {
        Expect(CborReaderState.EndMap);
        _reader.ReadEndMap();
    }

    /// <summary>One item of any shape, up to 16 levels deep, as its encoded bytes.</summary>
    public ReadOnlyMemory<byte> ReadItem()
    {
        var start = _bytes.Length - _reader.BytesRemaining;
        var depth = 0;
        do
        {
            switch (_reader.PeekState())
            {
                case CborReaderState.StartArray:
                    Bounded(_reader.ReadStartArray(), 0, int.MaxValue);
                    Require(++depth <= DeepestItem);
                    break;
                case CborReaderState.StartMap:
                    Bounded(_reader.ReadStartMap(), 0, int.MaxValue);
                    Require(++depth <= DeepestItem);
                    break;
                case CborReaderState.EndArray when depth > 0:
                    _reader.ReadEndArray();
                    depth--;
                    break;
                case CborReaderState.EndMap when depth > 0:
                    _reader.ReadEndMap();
                    depth--;
                    break;
                case CborReaderState.UnsignedInteger or CborReaderState.NegativeInteger or CborReaderState.ByteString or CborReaderState.TextString
                    or CborReaderState.Boolean or CborReaderState.Null:
                    _reader.SkipValue();
                    break;
                default:
                    Refuse();
                    break;
            }
        }
        while (depth > 0);
        return _bytes[start..(_bytes.Length - _reader.BytesRemaining)];
    }

#pragma warning disable CA1822 // An instance method, because it says what is wrong with what this reader reads.
    /// <summary>Refuses the input unless the condition holds.</summary>
    public void Require(bool condition)
    {
        if (!condition)
        {
            Refuse();
        }
    }
#pragma warning restore CA1822

    /// <summary>Refuses the input if there is no value.</summary>
    public T Require<T>(T? value)
        where T : class
    {
        Require(value is not null);
        return value!;
    }

    /// <summary>Refuses the input if there is no value.</summary>
    public T Require<T>(T? value)
        where T : struct
    {
        Require(value.HasValue);
        return value!.Value;
    }

    internal void RequireEnd() => Require(_reader.PeekState() == CborReaderState.Finished && _reader.BytesRemaining == 0);

    private void Expect(CborReaderState state) => Require(_reader.PeekState() == state);

    private int Bounded(int? length, int least, int most)
    {
        Require(length >= least && length <= most);
        return length.GetValueOrDefault();
    }

    [DoesNotReturn]
    private static void Refuse() => throw new MalformedCborException();
}
