using System.Globalization;
using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Search;

/// <summary>Reads the value of a search parameter: commas part alternatives, bars part a token, a backslash escapes both (FHIR R4 §3.1.1.4.1).</summary>
internal static class OperandGrammar
{
    // FHIR's decimals: no white space around them.
    private const NumberStyles Decimal = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>Alternatives in one parameter; more would be a way to make one request cost a thousand.</summary>
    internal const int MaxAlternatives = 256;

    /// <returns>Null if the value cannot be read as the parameter's kind.</returns>
    internal static IReadOnlyList<SearchOperand>? Parse(SearchParameter parameter, SearchModifier modifier, string value, ServerBase server, DateTimeOffset now)
    {
        var alternatives = Split(value, ',');
        if (alternatives.Count > MaxAlternatives)
        {
            return null;
        }

        var operands = new List<SearchOperand>(alternatives.Count);
        foreach (var alternative in alternatives)
        {
            if (alternative.Length == 0)
            {
                continue; // "a,,b" asks for a or b
            }

            if (ParseOne(parameter, modifier, alternative, server, now) is not { } operand)
            {
                return null;
            }

            operands.Add(operand);
        }

        return operands.Count > 0 ? operands : null;
    }

    private static SearchOperand? ParseOne(SearchParameter parameter, SearchModifier modifier, string text, ServerBase server, DateTimeOffset now) => (modifier, parameter.Kind) switch
    {
        (SearchModifier.Missing, _) => text switch
        {
            "true" => new SearchOperand.Missing(true),
            "false" => new SearchOperand.Missing(false),
            _ => null,
        },
        (SearchModifier.Identifier, _) => ParseToken(text),
        (SearchModifier.Text, _) => ParseText(text),
        (SearchModifier.OfType, _) => Split(text, '|') is [{ Length: > 0 } system, { Length: > 0 } code, { Length: > 0 } value]
            ? new SearchOperand.Typed(Unescape(system), Unescape(code), Unescape(value))
            : null,

        // Paths have segments; what a URN stands below of, nothing tells.
        (SearchModifier.Above or SearchModifier.Below, _) => Uri.TryCreate(Unescape(text), UriKind.Absolute, out var url) && url.Scheme != "urn" ? new SearchOperand.Address(Unescape(text)) : null,
        (_, SearchParamType.Composite) => ParseComposite(parameter, text, server, now),
        (_, SearchParamType.Token) => ParseToken(text),
        (_, SearchParamType.Reference) => ParseReference(Unescape(text), server),
        (_, SearchParamType.Date) => ParseDate(Unescape(text), now),
        (_, SearchParamType.String) => ParseText(text),
        (_, SearchParamType.Uri) => new SearchOperand.Address(Unescape(text)),
        (_, SearchParamType.Number) => ParseNumber(text, withUnit: false),
        (_, SearchParamType.Quantity) => ParseNumber(text, withUnit: true),
        _ => null,
    };

    private static SearchOperand.Composite? ParseComposite(SearchParameter parameter, string text, ServerBase server, DateTimeOffset now)
    {
        var texts = Split(text, '$');
        if (texts.Count != parameter.Components.Count)
        {
            return null;
        }

        var parts = new List<SearchCriterion>(texts.Count);
        foreach (var (component, part) in parameter.Components.Zip(texts))
        {
            if (part.Length == 0 || ParseOne(component.Parameter, SearchModifier.None, part, server, now) is not { } operand)
            {
                return null;
            }

            parts.Add(new SearchCriterion(component.Parameter, SearchModifier.None, null, [operand]));
        }

        return new SearchOperand.Composite(parts);
    }

    private static SearchOperand.Text? ParseText(string text)
    {
        var raw = Unescape(text);
        var folded = TextFold.Fold(raw);
        return folded.Length == 0 ? null : new SearchOperand.Text(raw, folded);
    }

    private static SearchOperand.Token? ParseToken(string text)
    {
        var parts = Split(text, '|');
        return parts.Count switch
        {
            1 => new SearchOperand.Token(null, Unescape(parts[0])),
            2 when parts[0].Length + parts[1].Length > 0 => new SearchOperand.Token(Unescape(parts[0]), parts[1].Length == 0 ? null : Unescape(parts[1])),
            _ => null,
        };
    }

    private static SearchOperand.Reference ParseReference(string text, ServerBase server)
    {
        if (FhirReference.Parse(text) is { } literal)
        {
            return new SearchOperand.Reference(server.Owns(literal) ? literal with { Base = null } : literal, null, null);
        }

        return FhirReference.IsId(text) ? new SearchOperand.Reference(null, text, null) : new SearchOperand.Reference(null, null, text);
    }

    private static SearchOperand.Time? ParseDate(string text, DateTimeOffset now)
    {
        var prefix = TakePrefix(ref text);

        // A plus that was not escaped in a URL arrives as a space; a date holds no other.
        if (DateSpan.Parse(text.Replace(' ', '+')) is not { } span)
        {
            return null;
        }

        if (prefix == SearchPrefix.Ap)
        {
            var slack = Math.Abs(now.UtcTicks - span.Start) / 10;
            span = new DateSpan(Math.Max(0, span.Start - slack), Math.Min(DateTime.MaxValue.Ticks, span.End + slack));
        }

        return new SearchOperand.Time(prefix, span);
    }

    private static SearchOperand.Number? ParseNumber(string text, bool withUnit)
    {
        var parts = Split(text, '|');
        if (parts.Count != 1 && !(withUnit && parts.Count == 3))
        {
            return null;
        }

        var number = Unescape(parts[0]);
        var prefix = TakePrefix(ref number);
        if (number.Length > 40 || !decimal.TryParse(number, Decimal, CultureInfo.InvariantCulture, out var value))
        {
            return null;
        }

        try
        {
            var half = 0.5m * LastDigit(number);
            var slack = prefix == SearchPrefix.Ap ? Math.Max(Math.Abs(value) / 10, half) : half;
            return new SearchOperand.Number(
                prefix,
                value,
                value - slack,
                value + slack,
                parts.Count == 3 && parts[1].Length > 0 ? Unescape(parts[1]) : null,
                parts.Count == 3 && parts[2].Length > 0 ? Unescape(parts[2]) : null);
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    /// <summary>What one of the last digit as written is worth: 100 → 1, 1.50 → 0.01, 1e2 → 100.</summary>
    private static decimal LastDigit(string number)
    {
        var e = number.IndexOfAny(['e', 'E']);
        var exponent = e < 0 ? 0 : int.Parse(number.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = e < 0 ? number : number[..e];
        var dot = mantissa.IndexOf('.');
        exponent -= dot < 0 ? 0 : mantissa.Length - dot - 1;
        var worth = 1m;
        for (var i = 0; i < Math.Min(Math.Abs(exponent), 28); i++)
        {
            worth = exponent < 0 ? worth / 10 : worth * 10;
        }

        return worth;
    }

    private static SearchPrefix TakePrefix(ref string text)
    {
        SearchPrefix? prefix = text.Length < 2 ? null : text[..2] switch
        {
            "eq" => SearchPrefix.Eq,
            "ne" => SearchPrefix.Ne,
            "gt" => SearchPrefix.Gt,
            "lt" => SearchPrefix.Lt,
            "ge" => SearchPrefix.Ge,
            "le" => SearchPrefix.Le,
            "sa" => SearchPrefix.Sa,
            "eb" => SearchPrefix.Eb,
            "ap" => SearchPrefix.Ap,
            _ => null,
        };
        if (prefix is null)
        {
            return SearchPrefix.Eq;
        }

        text = text[2..];
        return prefix.Value;
    }

    /// <summary>The parts between separators that no backslash escapes; the parts stay escaped.</summary>
    internal static List<string> Split(string text, char separator)
    {
        var parts = new List<string>();
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == separator)
            {
                parts.Add(text[start..i]);
                start = i + 1;
            }
        }

        parts.Add(text[start..]);
        return parts;
    }

    internal static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var plain = new System.Text.StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length)
            {
                i++;
            }

            plain.Append(text[i]);
        }

        return plain.ToString();
    }
}
