using EhrLedger.Consent.Subjects;
using EhrLedger.Wallet.Records;

namespace EhrLedger.Wallet.App.Records;

/// <summary>Finds records by what their lines on the screen say.</summary>
internal static class RecordSearch
{
    /// <summary>Those in which every word stands, in any case, in the same order.</summary>
    /// <param name="records">All.</param>
    /// <param name="words">As typed.</param>
    /// <param name="category">Name of the category; empty for all.</param>
    /// <param name="nameOf">What the patient calls a category.</param>
    public static IReadOnlyList<OwnRecord> Find(IReadOnlyList<OwnRecord> records, string words, string category, Func<Category, string> nameOf)
    {
        var wanted = words.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return wanted.Length == 0 && category.Length == 0 ? records
            : [.. records.Where(record => (category.Length == 0 || record.Category.ToString() == category) && Matches(record, wanted, nameOf))];
    }

    private static bool Matches(OwnRecord record, string[] wanted, Func<Category, string> nameOf)
    {
        if (wanted.Length == 0)
        {
            return true;
        }

        var glance = record.Glance();
        var text = $"{glance.Title} {glance.Value} {glance.Date} {glance.ResourceType} {nameOf(record.Category)}";
        return wanted.All(word => text.Contains(word, StringComparison.OrdinalIgnoreCase));
    }
}
