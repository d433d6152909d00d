namespace EhrLedger.Node.Fhir;

/// <summary>What the reads of one Bundle may cost together, each of which has its own bounds besides. The clock starts with the first. One thread at a time.</summary>
internal sealed class ReadAllowance(TimeProvider time)
{
    /// <summary>Reads in a Bundle.</summary>
    public const int MostReads = 1_000;

    /// <summary>Bytes of JSON after which no further read is begun.</summary>
    public const long MostBytes = 16L << 20;

    /// <summary>What an entry is told that is not carried out any more.</summary>
    public const string UsedUp = "The Bundle's reads ask for too much together (1,000 reads, 16 MiB, one minute): send this one again, in another Bundle or alone.";

    /// <summary>Time after which no further read is begun.</summary>
    public static readonly TimeSpan MostTime = TimeSpan.FromMinutes(1);

    private long? _start;
    private int _reads;
    private long _bytes;

    /// <returns>False if it is used up.</returns>
    public bool Take()
    {
        _start ??= time.GetTimestamp();
        return ++_reads <= MostReads && _bytes < MostBytes && time.GetElapsedTime(_start.Value) < MostTime;
    }

    /// <summary>Counts an answer.</summary>
    public void Spend(long bytes) => _bytes += bytes;
}
