using EhrLedger.Crypto;

namespace EhrLedger.Node.Engines;

/// <summary>The primitives that a server takes from a native library.</summary>
internal static class NativeCrypto
{
    /// <summary>Puts them in place. Once, before the first key is made; where the native library is missing for this platform, BouncyCastle stays.</summary>
    /// <returns>False where BouncyCastle stays.</returns>
    public static bool Use()
    {
        try
        {
            var engine = new NSecEd25519Engine();

            // The library is loaded when it is first called: find out now, not in the middle of an entry.
            using var probe = engine.Prepare(new byte[32]);
            CryptoEngines.Use(engine);
            return true;
        }
        catch (Exception absent) when (absent is DllNotFoundException or PlatformNotSupportedException or TypeInitializationException)
        {
            return false;
        }
    }
}
