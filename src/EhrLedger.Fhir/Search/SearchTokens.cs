using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Search;

/// <summary>
/// The texts that a node keys with HMAC and files in the sealed index: <c>parameter|value</c>. No key is used here, and these texts are health data:
/// they stay in memory.
/// </summary>
/// <remarks>
/// Forms: <c>_type|Observation</c>; <c>_id|Observation/1</c>, by which a grantee finds what a granted record points at and nothing else; <c>code|system|code</c> and <c>code||code</c> for any system; <c>encounter|Encounter/1</c>;
/// <c>date|2020-03-05</c> as <see cref="DateCover"/> says; <c>name|mül…</c> the first 3 to 8 letters, folded.
/// Tokens only narrow down: a resource that matches a query has the tokens that the query's plan asks for (a property test holds this), not the
/// other way round.
/// </remarks>
public static class SearchTokens
{
    internal const int MinPrefix = 3;
    internal const int MaxPrefix = 8;

    /// <summary>Values of one parameter that get tokens, so that a list of a thousand codes cannot flood an index.</summary>
    internal const int MaxValues = 64;

    /// <summary>Stands for "this record has more values than are in the index"; every plan over the parameter asks for it.</summary>
    internal const string Overflow = "**";

    /// <summary>The distinct tokens of one resource.</summary>
    /// <param name="resource">With its references as stored.</param>
    /// <param name="server">References to it become relative.</param>
    /// <param name="now">The time of writing, by which a date counts as far in the future.</param>
    public static IReadOnlyCollection<string> Describe(Resource resource, ServerBase server, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return Describe(resource, TokenTable.Parameters(resource.TypeName), server, now);
    }

    /// <summary>The distinct tokens of an entry of a shared directory, for <see cref="SearchQuery.PlanShared"/>.</summary>
    /// <param name="resource">As it is shown.</param>
    /// <param name="server">References to it become relative.</param>
    /// <param name="now">The time of writing, by which a date counts as far in the future.</param>
    public static IReadOnlyCollection<string> DescribeShared(Resource resource, ServerBase server, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return Describe(resource, TokenTable.SharedParameters(resource.TypeName), server, now);
    }

    private static HashSet<string> Describe(Resource resource, SearchParameter[] parameters, ServerBase server, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(server);
        var type = resource.TypeName;
        var tokens = new HashSet<string>(16, StringComparer.Ordinal) { $"_type|{type}" };
        if (resource.Id is { Length: > 0 } id)
        {
            tokens.Add(OfId($"{type}/{id}"));
        }

        var scratch = new List<Base>(8);
        var values = new List<SearchValue>(8);
        var patientApart = TokenTable.HasPatientAndSubject(type);
        foreach (var parameter in parameters)
        {
            values.Clear();
            IndexValues.Extract(resource, parameter, scratch, values);
            if (values.Count > MaxValues)
            {
                tokens.Add($"{parameter.Code}|{Overflow}");
                continue;
            }

            foreach (var value in values)
            {
                Describe(parameter.Code, value, server, now, patientApart, tokens);
            }
        }

        return tokens;
    }

    /// <summary>The token of the resource that a relative reference names.</summary>
    public static string OfId(string relative) => $"_id|{relative}";

    internal static string OfToken(string parameter, string? system, string code) => $"{parameter}|{system}|{code}";

    internal static string OfReference(string parameter, string normalised) => $"{parameter}|{normalised}";

    internal static string OfText(string parameter, string folded) => $"{parameter}|{folded[..Math.Min(folded.Length, MaxPrefix)]}";

    private static void Describe(
        string parameter, SearchValue value, ServerBase server, DateTimeOffset now, bool patientApart, HashSet<string> tokens)
    {
        switch (value)
        {
            case SearchValue.Token { Code: { } code } token:
                tokens.Add(OfToken(parameter, null, code));
                if (token.System is not null && parameter != "status")
                {
                    tokens.Add(OfToken(parameter, token.System, code));
                }

                break;
            case SearchValue.Reference { Target: { } target } reference:
                if (!(patientApart && parameter == "subject" && reference.Literal?.Type == "Patient"))
                {
                    tokens.Add(OfReference(parameter, server.Normalise(target)));
                }

                break;
            case SearchValue.Time time:
                DateCover.Describe(time.Span, now, text => tokens.Add($"{parameter}|{text}"));
                break;
            case SearchValue.Text text:
                for (var length = MinPrefix; length <= Math.Min(text.Folded.Length, MaxPrefix); length++)
                {
                    tokens.Add(OfText(parameter, text.Folded[..length]));
                }

                break;
            default:
                break;
        }
    }
}
