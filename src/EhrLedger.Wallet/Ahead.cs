namespace EhrLedger.Wallet;

/// <summary>Questions that do not depend on each other. Their answers are taken in order, and the next ones are on the line meanwhile: what costs on a phone is the waiting, not the asking.</summary>
internal static class Ahead
{
    /// <summary>As many as a browser has open to one node.</summary>
    public const int Most = 6;

    /// <summary>Asks about each item, at most <see cref="Most"/> at a time.</summary>
    /// <param name="items">In the order in which the answers are wanted.</param>
    /// <param name="ask">Starts a question. What it touches must bear several at once.</param>
    /// <remarks>Whoever stops early leaves questions behind; their answers are nobody's.</remarks>
    public static async IAsyncEnumerable<(TItem Item, TAnswer Answer)> AskAsync<TItem, TAnswer>(IReadOnlyList<TItem> items, Func<TItem, Task<TAnswer>> ask)
    {
        var asked = new Queue<Task<TAnswer>>();
        var started = 0;
        foreach (var item in items)
        {
            while (asked.Count < Most && started < items.Count)
            {
                asked.Enqueue(ask(items[started++]));
            }

            yield return (item, await asked.Dequeue().ConfigureAwait(false));
        }
    }
}
