using System.Buffers.Binary;
using System.Text;

namespace EhrLedger.Client.Relaying;

/// <summary>A request in binary form. The answer to it depends on nothing else: no cookie, no header but the content type.</summary>
/// <param name="Method">Such as GET.</param>
/// <param name="Path">With its query; begins with a slash.</param>
/// <param name="ContentType">Empty where there is no body.</param>
/// <param name="Body">Empty for none.</param>
public sealed record BinaryRequest(string Method, string Path, string ContentType, ReadOnlyMemory<byte> Body);

/// <summary>A final answer in binary form.</summary>
/// <param name="Status">200 to 599.</param>
/// <param name="ContentType">Empty where there is no body.</param>
/// <param name="Body">Empty for none.</param>
public sealed record BinaryAnswer(int Status, string ContentType, ReadOnlyMemory<byte> Body);

/// <summary>HTTP messages in the binary form of known length, with one header at most.</summary>
/// <remarks>Source: RFC 9292 §3.1 to §3.8 and RFC 9000 §16. Informational answers and trailers are refused, and so are integers that are not in their shortest form.</remarks>
public static class BinaryHttp
{
    private const byte KnownLengthRequest = 0;
    private const byte KnownLengthAnswer = 1;
    private const int LongestText = 4096;
    private const string Scheme = "https";
    private static readonly byte[] ContentTypeName = "content-type"u8.ToArray();

    /// <summary>Writes a request. Its scheme is https and its authority is empty: who is asked is who can open it.</summary>
    public static byte[] Write(BinaryRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var bytes = new List<byte>(64 + request.Path.Length + request.Body.Length) { KnownLengthRequest };
        AppendText(bytes, request.Method);
        AppendText(bytes, Scheme);
        AppendText(bytes, "");
        AppendText(bytes, request.Path);
        AppendRest(bytes, request.ContentType, request.Body.Span);
        return [.. bytes];
    }

    /// <summary>Writes an answer.</summary>
    public static byte[] Write(BinaryAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var bytes = new List<byte>(64 + answer.Body.Length) { KnownLengthAnswer };
        AppendInteger(bytes, (ulong)answer.Status);
        AppendRest(bytes, answer.ContentType, answer.Body.Span);
        return [.. bytes];
    }

    /// <summary>Null for what is no request in this form.</summary>
    public static BinaryRequest? TryParseRequest(ReadOnlyMemory<byte> bytes)
    {
        var reader = new Reader(bytes);
        return reader.TryByte(KnownLengthRequest)
            && reader.TryText(out var method) && reader.TryText(out var scheme) && reader.TryText(out _) && reader.TryText(out var path)
            && scheme == Scheme && path.StartsWith('/')
            && reader.TryRest(out var contentType, out var body)
                ? new BinaryRequest(method, path, contentType, body)
                : null;
    }

    /// <summary>Null for what is no final answer in this form.</summary>
    public static BinaryAnswer? TryParseAnswer(ReadOnlyMemory<byte> bytes)
    {
        var reader = new Reader(bytes);
        return reader.TryByte(KnownLengthAnswer) && reader.TryInteger(out var status) && status is >= 200 and < 600 && reader.TryRest(out var contentType, out var body)
            ? new BinaryAnswer((int)status, contentType, body)
            : null;
    }

    private static void AppendRest(List<byte> bytes, string contentType, ReadOnlySpan<byte> body)
    {
        var fields = new List<byte>();
        if (contentType.Length > 0)
        {
            AppendInteger(fields, (ulong)ContentTypeName.Length);
            fields.AddRange(ContentTypeName);
            AppendText(fields, contentType);
        }

        AppendInteger(bytes, (ulong)fields.Count);
        bytes.AddRange(fields);
        AppendInteger(bytes, (ulong)body.Length);
        bytes.AddRange(body);
        AppendInteger(bytes, 0);
    }

    private static void AppendText(List<byte> bytes, string text)
    {
        if (text.Length > LongestText || !Ascii.IsValid(text))
        {
            throw new ArgumentException("Neither a method, a path nor a content type.", nameof(text));
        }

        AppendInteger(bytes, (ulong)text.Length);
        bytes.AddRange(Encoding.ASCII.GetBytes(text));
    }

    private static void AppendInteger(List<byte> bytes, ulong value)
    {
        Span<byte> room = stackalloc byte[8];
        var length = Length(value);
        BinaryPrimitives.WriteUInt64BigEndian(room, value | (ulong)LengthBits(length) << ((8 * length) - 2));
        bytes.AddRange(room[(8 - length)..]);
    }

    private static int Length(ulong value) => value switch
    {
        < 1UL << 6 => 1,
        < 1UL << 14 => 2,
        < 1UL << 30 => 4,
        < 1UL << 62 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(value)),
    };

    private static int LengthBits(int length) => length switch { 1 => 0, 2 => 1, 4 => 2, _ => 3 };

    private ref struct Reader(ReadOnlyMemory<byte> bytes)
    {
        private int _at;

        public bool TryByte(byte expected)
        {
            if (_at >= bytes.Length || bytes.Span[_at] != expected)
            {
                return false;
            }

            _at++;
            return true;
        }

        public bool TryInteger(out ulong value)
        {
            value = 0;
            if (_at >= bytes.Length)
            {
                return false;
            }

            var length = 1 << (bytes.Span[_at] >> 6);
            if (length > bytes.Length - _at)
            {
                return false;
            }

            foreach (var one in bytes.Span.Slice(_at, length))
            {
                value = (value << 8) | one;
            }

            value &= ulong.MaxValue >> (64 - (8 * length) + 2);
            _at += length;
            return Length(value) == length;
        }

        public bool TryText(out string text)
        {
            text = "";
            if (!TryInteger(out var length) || length > LongestText || !TryTake(length, out var taken) || !Ascii.IsValid(taken.Span))
            {
                return false;
            }

            text = Encoding.ASCII.GetString(taken.Span);
            return true;
        }

        /// <summary>Fields, content and trailers; each may be left out at the end, where there is none (§3.8).</summary>
        public bool TryRest(out string contentType, out ReadOnlyMemory<byte> body)
        {
            (contentType, body) = ("", default);
            if (_at == bytes.Length)
            {
                return true;
            }

            if (!TryInteger(out var fields) || !TryTake(fields, out var section) || !TryContentType(section, out contentType))
            {
                return false;
            }

            return _at == bytes.Length
                || (TryInteger(out var length) && TryTake(length, out body) && (_at == bytes.Length || (TryInteger(out var trailers) && trailers == 0 && _at == bytes.Length)));
        }

        private static bool TryContentType(ReadOnlyMemory<byte> section, out string contentType)
        {
            contentType = "";
            if (section.IsEmpty)
            {
                return true;
            }

            var reader = new Reader(section);
            return reader.TryText(out var name) && name == "content-type" && reader.TryText(out contentType) && contentType.Length > 0 && reader._at == section.Length;
        }

        private bool TryTake(ulong length, out ReadOnlyMemory<byte> taken)
        {
            taken = default;
            if (length > (ulong)(bytes.Length - _at))
            {
                return false;
            }

            taken = bytes.Slice(_at, (int)length);
            _at += (int)length;
            return true;
        }
    }
}
