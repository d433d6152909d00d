using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace EhrLedger.Node.Tests.Harness;

/// <summary>One text for JSON of one meaning: properties in order, numbers with all their digits and no exponent, base64 and narrative without white space that means nothing.</summary>
internal static class CanonicalJson
{
    /// <summary>The text.</summary>
    /// <param name="node">Anything.</param>
    /// <param name="without">Properties of the top object that are left out.</param>
    public static string Of(JsonNode? node, params string[] without)
    {
        var text = new StringBuilder();
        Write(text, node, without);
        return text.ToString();
    }

    private static void Write(StringBuilder text, JsonNode? node, string[] without)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject members:
                text.Append('{');
                foreach (var (name, value) in members.Where(member => !without.Contains(member.Key)).OrderBy(member => member.Key, StringComparer.Ordinal))
                {
                    text.Append('"').Append(name).Append("\":");
                    if (name == "data" && value is JsonValue data && data.TryGetValue<string>(out var base64))
                    {
                        text.Append(string.Concat(base64.Where(c => !char.IsWhiteSpace(c))));
                    }
                    else
                    {
                        Write(text, value, []);
                    }

                    text.Append(',');
                }

                text.Append('}');
                break;
            case JsonArray items:
                text.Append('[');
                foreach (var item in items)
                {
                    Write(text, item, []);
                    text.Append(',');
                }

                text.Append(']');
                break;
            default:
                var raw = node.ToJsonString();
                text.Append(raw[0] is '-' or (>= '0' and <= '9') && raw.Contains('e', StringComparison.OrdinalIgnoreCase)
                    ? decimal.Parse(raw, NumberStyles.Float, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)
                    : node.GetValueKind() == System.Text.Json.JsonValueKind.String ? System.Text.Json.JsonSerializer.Serialize(node.GetValue<string>()) : raw);
                break;
        }
    }
}
