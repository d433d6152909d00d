using EhrLedger.Crypto.Signing;

namespace EhrLedger.Crypto;

/// <summary>Which implementation of a primitive this process runs on, where there are two.</summary>
/// <remarks>
/// BouncyCastle runs everywhere, the browser included, and is the default. A server may put a native engine in its place, once,
/// before the first key is made: the native library must not be a dependency of this project, or the wallet in the browser would
/// carry it. This is the one piece of process-wide state here, and it changes speed only: every engine must accept and refuse the
/// very same signatures, and runs against the same vectors.
/// </remarks>
public static class CryptoEngines
{
    private static IEd25519Engine? _ed25519;

    /// <summary>Puts a server's engine in place of BouncyCastle.</summary>
    /// <exception cref="InvalidOperationException">An engine was already chosen, or already used.</exception>
    public static void Use(IEd25519Engine engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        if (Interlocked.CompareExchange(ref _ed25519, engine, null) is not null)
        {
            throw new InvalidOperationException("The Ed25519 engine is chosen once, at start-up, before the first key is used.");
        }
    }

    /// <summary>The engine of this process. Reading it settles the choice.</summary>
    internal static IEd25519Engine Ed25519 =>
        Volatile.Read(ref _ed25519) ?? Interlocked.CompareExchange(ref _ed25519, BouncyCastleEd25519.Instance, null) ?? BouncyCastleEd25519.Instance;
}
