using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.Views;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Subscriptions;

/// <summary>A caller's own subscriptions, as they stand. Somebody else's, and one under other scopes, is as one that never was. They are no patient's, and so no read is logged.</summary>
internal sealed class SubscriptionViews(SubscriptionStore store) : IViews
{
    private const string Prefix = "s-";
    private const int IdLength = 34;

    /// <inheritdoc/>
    public string Type => "Subscription";

    /// <inheritdoc/>
    public bool HasVersions => true;

    /// <summary>A new id.</summary>
    public static string NewId() => $"{Prefix}{Guid.NewGuid():N}";

    /// <summary>Whether it has the form of one.</summary>
    public static bool IsId(string id) => id.Length == IdLength && id.StartsWith(Prefix, StringComparison.Ordinal) && id.Skip(Prefix.Length).All(char.IsAsciiHexDigitLower);

    /// <inheritdoc/>
    public bool Owns(string id) => IsId(id);

    /// <inheritdoc/>
    public Task<ForeignAnswer> FindAsync(IReadOnlyCollection<string> ids, IForeignRecords granted, Asking asking, CancellationToken cancellationToken) =>
        ShowAsync(store.Of(asking).Where(kept => ids.Contains(kept.Id)).Select(kept => kept.Show()), asking);

    /// <inheritdoc/>
    public Task<ForeignAnswer> SearchAsync(SearchQuery query, IForeignRecords granted, Asking asking, SearchBudget budget, CancellationToken cancellationToken) =>
        ShowAsync(store.Of(asking).Select(kept => kept.Show()).Where(shown => SearchEvaluator.Matches(shown, query)), asking);

    /// <inheritdoc/>
    public IEnumerable<Resource> Follow(IReadOnlyList<Resource> from, IReadOnlyList<SearchInclude> includes, Asking asking) => [];

    private static Task<ForeignAnswer> ShowAsync(IEnumerable<Resource> own, Asking asking) =>
        System.Threading.Tasks.Task.FromResult<ForeignAnswer>(new ForeignAnswer.Shown([.. own.Where(shown => asking.Access.Sees(asking.Needs, shown, null))], Reach.All));
}
