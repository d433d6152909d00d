namespace EhrLedger.Crypto.KeyFiles;

/// <summary>What one guess at a passphrase costs: the parameters of Argon2id (RFC 9106).</summary>
public sealed record PassphraseCost
{
    internal const int LeastMemory = 1024;
    internal const int MostMemory = 1024 * 1024;
    internal const int MostPasses = 16;

    /// <summary>64 MiB and three passes, RFC 9106's second recommendation, with one lane, because the wallet in the browser has one thread.</summary>
    public static PassphraseCost Default { get; } = new();

    /// <summary>Memory in KiB. Default 65,536 (64 MiB); 1,024 to 1,048,576.</summary>
    public int Memory
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, LeastMemory);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MostMemory);
            field = value;
        }
    }
    = 65_536;

    /// <summary>Passes over the memory. Default 3; 1 to 16.</summary>
    public int Passes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MostPasses);
            field = value;
        }
    }
    = 3;
}
