using System.Diagnostics.CodeAnalysis;

namespace EhrLedger.Node.Reading;

/// <summary>
/// Remembers what was used lately, in bounded memory: two generations, each of half the size. When the young one is full it becomes the old one, and what nobody has asked for since then goes.
/// </summary>
/// <param name="most">Most that the entries weigh together; at least 2.</param>
/// <param name="weigh">What one weighs, the same each time; by default each 1, so that entries are counted. One that weighs more than half of all is not kept.</param>
internal sealed class RecentMap<TKey, TValue>(long most, Func<TValue, long>? weigh = null)
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly long _half = Math.Max(1, most / 2);
    private long _weight;
    private Dictionary<TKey, TValue> _young = [];
    private Dictionary<TKey, TValue> _old = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _young.Count + _old.Keys.Count(key => !_young.ContainsKey(key));
            }
        }
    }

    public void Set(TKey key, TValue value)
    {
        lock (_lock)
        {
            Keep(key, value);
        }
    }

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        lock (_lock)
        {
            if (_young.TryGetValue(key, out value))
            {
                return true;
            }

            if (!_old.TryGetValue(key, out value))
            {
                return false;
            }

            Keep(key, value);
            return true;
        }
    }

    public void Remove(TKey key)
    {
        lock (_lock)
        {
            _old.Remove(key);
            if (_young.Remove(key, out var value))
            {
                _weight -= WeightOf(value);
            }
        }
    }

    private void Keep(TKey key, TValue value)
    {
        var added = WeightOf(value);
        if (added > _half)
        {
            return;
        }

        added -= _young.TryGetValue(key, out var before) ? WeightOf(before) : 0;
        if (_weight + added > _half)
        {
            (_old, _young, _weight) = (_young, [], 0);
            added = WeightOf(value);
        }

        _young[key] = value;
        _weight += added;
    }

    private long WeightOf(TValue value) => weigh is null ? 1 : weigh(value);
}
