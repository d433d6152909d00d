using System.Text.Json.Serialization;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Contracts;

namespace EhrLedger.Node.Hosting;

/// <summary>What all binary calls share: bodies with a limit, CBOR answers, and problems in the words of docs/http.md. The one place where results become HTTP.</summary>
internal static class Http
{
    /// <summary>Reads a body of at most so many bytes. Null for a longer one.</summary>
    public static async Task<ReadOnlyMemory<byte>?> ReadBodyAsync(this HttpRequest request, int largest, CancellationToken cancellationToken)
    {
        if (request.ContentLength > largest)
        {
            return null;
        }

        // An announced length is not yet a body: memory follows what arrives.
        var buffer = new byte[(int)Math.Min(request.ContentLength ?? 4096, 64 << 10)];
        var length = 0;
        while (true)
        {
            if (length == buffer.Length)
            {
                if (length == request.ContentLength)
                {
                    return buffer;
                }

                if (length > largest)
                {
                    return null;
                }

                Array.Resize(ref buffer, Math.Min(largest + 1, Math.Max(4096, length * 2)));
            }

            var read = await request.Body.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return length > largest ? (ReadOnlyMemory<byte>?)null : buffer.AsMemory(0, length);
            }

            length += read;
        }
    }

    /// <summary>200 with CBOR.</summary>
    public static IResult Cbor(byte[] body) => Results.Bytes(body, "application/cbor");

    /// <summary>A problem of our own. The code says all there is to say.</summary>
    /// <param name="status">HTTP status.</param>
    /// <param name="code">Lower case, words joined by hyphens.</param>
    /// <param name="title">One sentence for people, the same for each occurrence.</param>
    public static IResult Problem(int status, string code, string title) =>
        Results.Json(new ProblemView($"urn:ehrledger:{code}", title, status), ProblemJson.Default.ProblemView, "application/problem+json", status);

    /// <summary>An entry that the contracts refuse.</summary>
    public static IResult Refused(Rejection reason) => Problem(StatusCodes.Status422UnprocessableEntity, reason.Code, "The ledger refuses the entry.");

    /// <summary>The request can't be read.</summary>
    public static IResult Malformed(string title) => Problem(StatusCodes.Status400BadRequest, "malformed", title);

    /// <summary>A body beyond the limit.</summary>
    public static IResult TooLarge() => Problem(StatusCodes.Status413PayloadTooLarge, "too-large", "The body is larger than this call allows.");

    /// <summary>The node can't do it now.</summary>
    public static IResult Unavailable() => Problem(StatusCodes.Status503ServiceUnavailable, "unavailable", "Try again later.");

    /// <summary>There is no such thing.</summary>
    public static IResult NotFound(string code = "not-found") => Problem(StatusCodes.Status404NotFound, code, "There is no such thing here.");

    /// <summary>Null unless the text is lower-case hex.</summary>
    public static byte[]? TryHex(string hex)
    {
        if (hex.Length % 2 != 0 || hex.Any(c => c is not ((>= '0' and <= '9') or (>= 'a' and <= 'f'))))
        {
            return null;
        }

        return Convert.FromHexString(hex);
    }

    /// <summary>Null unless the text is a digest in lower-case hex.</summary>
    public static Digest? TryDigest(string hex) => Digest.TryParseHex(hex, out var digest) ? digest : null;
}

/// <summary>RFC 9457, without any text of an exception.</summary>
internal sealed record ProblemView(string Type, string Title, int Status);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ProblemView))]
internal sealed partial class ProblemJson : JsonSerializerContext;
