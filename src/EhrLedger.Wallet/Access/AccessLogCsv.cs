using System.Globalization;
using System.Text;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Wallet.Access;

/// <summary>The access log as a table to take away: RFC 4180, UTF-8 with a byte order mark, because spreadsheets ask for one.</summary>
public static class AccessLogCsv
{
    /// <summary>One line for each event, under a line of names. <c>allowed_by</c> is empty where it was the patient, or nobody had to.</summary>
    /// <param name="events">In the order wanted.</param>
    /// <param name="nameOf">What an organisation is called.</param>
    public static byte[] Of(IEnumerable<AccessEvent> events, Func<OrganisationId, string> nameOf)
    {
        ArgumentNullException.ThrowIfNull(events);
        ArgumentNullException.ThrowIfNull(nameOf);
        var text = new StringBuilder();
        Add(text, ["time", "kind", "organisation", "organisation_id", "proven", "person", "role", "purpose", "category", "author", "records", "released_by", "ledger_index", "allowed_by"]);
        foreach (var seen in events)
        {
            Add(
                text,
                [
                    seen.Time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "",
                    seen.Kind.ToString(),
                    seen.Organisation is { } organisation ? nameOf(organisation) : "",
                    seen.Organisation?.ToString() ?? "",
                    seen.OrganisationProven ? "yes" : "no",
                    seen.Person,
                    seen.Role,
                    seen.Purpose?.Code ?? "",
                    seen.Category.ToString(),
                    nameOf(seen.Author),
                    string.Join(' ', seen.Records),
                    string.Join("; ", seen.Releases.Select(release => nameOf(release.Custodian))),
                    seen.Index?.ToString(CultureInfo.InvariantCulture) ?? "",
                    seen.GrantedBy is { Length: 0 } ? AccessEvent.SomeDelegate : seen.GrantedBy ?? "",
                ]);
        }

        return [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text.ToString())];
    }

    private static void Add(StringBuilder text, IReadOnlyList<string> cells) => text.AppendJoin(',', cells.Select(Quote)).Append("\r\n");

    // A reader chooses its own name and role: a spreadsheet must not run them.
    private static string Quote(string cell)
    {
        var safe = cell.Length > 0 && cell[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? "'" + cell : cell;
        return safe.AsSpan().ContainsAny(",\"\r\n") ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }
}
