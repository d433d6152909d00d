using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;
using EhrLedger.Consent.Subjects;
using EhrLedger.Fhir.Search;

namespace EhrLedger.Fhir.Classification;

/// <summary>
/// What decides a record's category, as data: by type, by the code of its category element, by any code in it. The project's own table is embedded
/// (fhir-profiles/classification/categories.json); an operator's table in the same form can take its place.
/// </summary>
public sealed class CategoryTable
{
    private readonly FrozenDictionary<string, Category> types;
    private readonly FrozenDictionary<(string Type, string System, string Code), Category> categoryElements;
    private readonly FrozenSet<string> categorised;
    private readonly FrozenDictionary<string, SystemCodes> codes;

    private CategoryTable(CategoryFile file)
    {
        Version = file.Version;
        types = file.Types.SelectMany(r => r.Types.Select(t => (t, r.Category))).ToFrozenDictionary(r => r.t, r => r.Category, StringComparer.Ordinal);
        categoryElements = file.ByCategoryElement
            .SelectMany(r => r.Codes.Select(c => (Key: (r.Type, r.System, c), r.Category)))
            .ToFrozenDictionary(r => r.Key, r => r.Category);
        categorised = file.ByCategoryElement.Select(r => r.Type).ToFrozenSet(StringComparer.Ordinal);
        codes = file.ByCode.GroupBy(r => r.System, StringComparer.Ordinal).ToFrozenDictionary(g => g.Key, g => new SystemCodes(g), StringComparer.Ordinal);
    }

    /// <summary>The table that comes with the project.</summary>
    public static CategoryTable Default { get; } = ReadEmbedded();

    /// <summary>The file's own number.</summary>
    public int Version { get; }

    /// <summary>Reads a table.</summary>
    /// <returns>Null if the text is not of the form of categories.json, names a category or a type that does not exist, or gives one type, code element or code two categories.</returns>
    public static CategoryTable? Parse(ReadOnlySpan<byte> utf8) => Parse(utf8, out _);

    /// <param name="utf8">The table.</param>
    /// <param name="fault">For whoever wrote it: what is wrong, in one line; empty where nothing is.</param>
    /// <inheritdoc cref="Parse(ReadOnlySpan{byte})"/>
    public static CategoryTable? Parse(ReadOnlySpan<byte> utf8, out string fault)
    {
        try
        {
            if (JsonSerializer.Deserialize(utf8, CategoryJson.Default.CategoryFile) is not { } file)
            {
                fault = "It is empty.";
                return null;
            }

            fault = FindFault(file) ?? "";
            return fault.Length == 0 ? new CategoryTable(file) : null;
        }
        catch (JsonException malformed)
        {
            fault = $"Line {(malformed.LineNumber ?? 0) + 1} ({malformed.Path ?? "$"}) has not the form of a table of categories.";
            return null;
        }
    }

    /// <summary>The category that a type has before anything in it is looked at. Documents for types without a row.</summary>
    internal Category OfType(string resourceType) => types.GetValueOrDefault(resourceType, Category.Documents);

    /// <summary>Whether the category element of a type says anything.</summary>
    internal bool HasCategoryElements(string resourceType) => categorised.Contains(resourceType);

    internal Category? OfCategoryElement(string resourceType, string system, string code) =>
        categoryElements.TryGetValue((resourceType, system, code), out var category) ? category : null;

    internal Category? OfCode(string system, string code) => codes.TryGetValue(system, out var known) ? known.Find(code) : null;

    private static string? FindFault(CategoryFile file)
    {
        var categories = file.Types.Select(r => r.Category).Concat(file.ByCategoryElement.Select(r => r.Category)).Concat(file.ByCode.Select(r => r.Category));
        foreach (var category in categories.Where(category => !Enum.IsDefined(category)))
        {
            return $"There is no category {category}.";
        }

        var types = file.Types.SelectMany(r => r.Types).ToList();
        return types.Concat(file.ByCategoryElement.Select(r => r.Type)).FirstOrDefault(type => !SearchParameters.IsType(type)) is { } unknown ? $"R4 has no resource type {unknown}."
            : Twice(types) is { } type ? $"The type {type} stands there twice."
            : Twice(file.ByCategoryElement.SelectMany(r => r.Codes.Select(c => $"{r.Type}.category {r.System}|{c}"))) is { } element ? $"{element} stands there twice."
            : Twice(file.ByCode.SelectMany(r => r.Codes.Select(c => $"{r.System}|{c}"))) is { } code ? $"The code {code} stands there twice."
            : null;
    }

    private static string? Twice(IEnumerable<string> keys) => keys.GroupBy(key => key, StringComparer.Ordinal).FirstOrDefault(group => group.Skip(1).Any())?.Key;

    private static CategoryTable ReadEmbedded()
    {
        using var stream = typeof(CategoryTable).Assembly.GetManifestResourceStream("classification/categories.json")
            ?? throw new InvalidOperationException("The embedded table is missing.");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return Parse(copy.ToArray()) ?? throw new InvalidOperationException("The embedded table is malformed.");
    }

    /// <summary>The codes of one system: whole ones, and beginnings (written with a star) for systems whose codes are trees.</summary>
    private sealed class SystemCodes
    {
        private readonly FrozenDictionary<string, Category> whole;
        private readonly FrozenDictionary<string, Category> beginnings;
        private readonly int[] lengths;

        internal SystemCodes(IEnumerable<CodeRow> rows)
        {
            var all = rows.SelectMany(r => r.Codes.Select(c => (Code: c, r.Category))).ToArray();
            whole = all.Where(r => !r.Code.EndsWith('*')).ToFrozenDictionary(r => r.Code, r => r.Category, StringComparer.Ordinal);
            beginnings = all.Where(r => r.Code.EndsWith('*')).ToFrozenDictionary(r => r.Code[..^1], r => r.Category, StringComparer.Ordinal);
            lengths = [.. beginnings.Keys.Select(k => k.Length).Distinct().OrderDescending()];
        }

        internal Category? Find(string code)
        {
            if (whole.TryGetValue(code, out var exact))
            {
                return exact;
            }

            foreach (var length in lengths)
            {
                if (code.Length >= length && beginnings.TryGetValue(code[..length], out var category))
                {
                    return category;
                }
            }

            return null;
        }
    }
}

internal sealed record CategoryFile(int Version, IReadOnlyList<TypeRow> Types, IReadOnlyList<CategoryElementRow> ByCategoryElement, IReadOnlyList<CodeRow> ByCode);

internal sealed record TypeRow(Category Category, IReadOnlyList<string> Types);

internal sealed record CategoryElementRow(string Type, string System, IReadOnlyList<string> Codes, Category Category);

internal sealed record CodeRow(Category Category, string System, IReadOnlyList<string> Codes);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(CategoryFile))]
internal sealed partial class CategoryJson : JsonSerializerContext;
