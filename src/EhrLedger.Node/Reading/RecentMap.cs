using System.Diagnostics.CodeAnalysis;

namespace EhrLedger.Node.Reading;

/// <summary>
/// Remembers what was used lately, in bounded memory: two generations, each of half the size. When the young one is full it becomes the old one, and what nobody has asked for since then goes.
/// </summary>
/// <param name="most">Most entries; at least 2.</param>
internal sealed class RecentMap<TKey, TValue>(int most)
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly int _half = Math.Max(1, most / 2);
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

    private void Keep(TKey key, TValue value)
    {
        if (_young.Count >= _half && !_young.ContainsKey(key))
        {
            (_old, _young) = (_young, []);
        }

        _young[key] = value;
    }
}
