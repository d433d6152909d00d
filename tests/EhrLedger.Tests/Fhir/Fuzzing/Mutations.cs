using System.Text;

namespace EhrLedger.Tests.Fhir.Fuzzing;

/// <summary>Changes an input here and there: bytes, pieces of it, and words that the formats give a meaning to.</summary>
internal static class Mutations
{
    private static readonly byte[][] Words = [.. ((string[])[
        "{", "}", "[", "]", ",", ":", "\"", "null", "true", "\\u0000", "\\ud800", "\\", "1e999", "-0", "0.00000000000000000000000000001", "99999999999999999999", "\"resourceType\":\"Bundle\",", "\"contained\":[",
        "\"_id\":{\"extension\":[]},", "\"extension\":[{\"url\":\"u\"}],", "\"reference\":\"#\",", "urn:uuid:", "Patient/", "?identifier=", "/_history/", "http://", "2024-02-30", "9999-12-31T23:59:60Z", "<", ">", "</div>", "<!--",
        "<!DOCTYPE x [", "&a;", "&#0;", "xmlns=\"\"", "<?x", "]]>", "%", "%00", "+", "&", "=", "|", "$", "\\,", ":missing", ":not", ":exact", ".", "_has:", "ge", "\u0000", "\uFEFF", "\U0001F600",
    ]).Select(Encoding.UTF8.GetBytes)];

    public static byte[] Mutate(byte[] input, Random random)
    {
        var bytes = new List<byte>(input);
        for (var left = 1 + random.Next(8); left > 0; left--)
        {
            var at = random.Next(bytes.Count + 1);
            var length = Math.Min(random.Next(1, 64), bytes.Count - at);
            switch (random.Next(7))
            {
                case 0 when at < bytes.Count:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, length);
                    break;
                case 3:
                    bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, length));
                    break;
                case 4:
                    bytes.RemoveRange(at, random.Next(4) == 0 ? bytes.Count - at : 0);
                    break;
                case 5 when bytes.Count < 1 << 20:
                    var piece = bytes.GetRange(at, length);
                    for (var times = random.Next(200); times > 0; times--)
                    {
                        bytes.InsertRange(at, piece);
                    }

                    break;
                default:
                    bytes.InsertRange(at, Words[random.Next(Words.Length)]);
                    break;
            }
        }

        return [.. bytes];
    }
}
