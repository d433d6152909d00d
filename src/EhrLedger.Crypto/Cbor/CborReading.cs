using System.Diagnostics.CodeAnalysis;
using System.Formats.Cbor;

namespace EhrLedger.Crypto.Cbor;

/// <summary>The way into <see cref="StrictCborReader"/>: hostile bytes give null or false, never an exception.</summary>
public static class CborReading
{
    /// <summary>Reads exactly one item, which must take up all of the bytes.</summary>
    /// <param name="bytes">Untrusted. What the function keeps of them are slices, not copies: they must not change afterwards.</param>
    /// <param name="read">Reads the whole item. It may give up by <see cref="StrictCborReader.Require(bool)"/>; its own bugs still throw.</param>
    /// <returns>Null unless the bytes are one deterministic item (RFC 8949 §4.2.1) of the shape that the function asks for.</returns>
    public static T? TryRead<T>(ReadOnlyMemory<byte> bytes, Func<StrictCborReader, T> read)
        where T : class => TryRead(bytes, read, out var result) ? result : null;

    /// <summary>As <see cref="TryRead{T}(ReadOnlyMemory{byte}, Func{StrictCborReader, T})"/>, for value types too.</summary>
    public static bool TryRead<T>(ReadOnlyMemory<byte> bytes, Func<StrictCborReader, T> read, [MaybeNullWhen(false)] out T result)
    {
        ArgumentNullException.ThrowIfNull(read);
        result = default;
        try
        {
            var reader = new StrictCborReader(bytes);
            var value = read(reader);
            reader.RequireEnd();
            result = value;
            return true;
        }
        catch (Exception refused) when (refused is MalformedCborException or CborContentException)
        {
            return false;
        }
    }
}
