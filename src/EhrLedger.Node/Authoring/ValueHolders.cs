using EhrLedger.Node.Reading;

namespace EhrLedger.Node.Authoring;

/// <summary>
/// Whose records have a search value, for values that all patients were searched for lately: no two subjects share a key, so that the table can only be asked patient by patient (docs/decisions/0020).
/// In memory alone; may name a patient who has it no more, never leaves out one who has it in a write that was acknowledged.
/// </summary>
internal sealed class ValueHolders(PatientDirectory patients)
{
    /// <summary>Most bytes that the rows of all values take.</summary>
    public const long MostBytes = 64 << 20;

    private const int MostChanges = 65_536;
    private const int Overhead = 256;
    private const int LookedAtOnce = 512;

    private readonly RecentMap<string, Holders> _recent = new(MostBytes, holders => Overhead + (sizeof(long) * (long)holders.Rows.Length));
    private readonly Lock _lock = new();
    private readonly Queue<long> _changes = [];
    private long _seen;

    /// <summary>Something of the patient was written, or may have been. Told after the commit, and before anybody else is.</summary>
    /// <param name="patientRow">0 for the directory.</param>
    public void Changed(long patientRow)
    {
        lock (_lock)
        {
            _seen++;
            _changes.Enqueue(patientRow);
            if (_changes.Count > MostChanges)
            {
                _changes.Dequeue();
            }
        }
    }

    /// <summary>Rows of the patients (0: the directory) among whose records one has the value.</summary>
    /// <param name="text">As the search plan has it.</param>
    /// <param name="having">Which of these patients have it, as the table says.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public IReadOnlyList<long> Find(string text, Func<IReadOnlyList<long>, IEnumerable<long>> having, CancellationToken cancellationToken)
    {
        var (now, changed) = _recent.TryGet(text, out var known) ? Since(known.Seen) : Since(-1);
        var held = changed is null || known is null ? [] : known.Rows;
        var added = new List<long>();
        foreach (var portion in (changed ?? patients.All.Select(patient => patient.RowId).Prepend(0)).Where(row => !held.AsSpan().Contains(row)).Chunk(LookedAtOnce))
        {
            cancellationToken.ThrowIfCancellationRequested();
            added.AddRange(having(portion));
        }

        var holders = new Holders([.. held, .. added], now);
        _recent.Set(text, holders);
        return holders.Rows;
    }

    /// <summary>How many changes there have been, and whom those after the given number are about; null where that is not known any more.</summary>
    private (long Now, IReadOnlyCollection<long>? Changed) Since(long seen)
    {
        lock (_lock)
        {
            return (_seen, seen < _seen - _changes.Count ? null : _changes.Skip((int)(_changes.Count - (_seen - seen))).ToHashSet());
        }
    }

    private sealed record Holders(long[] Rows, long Seen);
}
