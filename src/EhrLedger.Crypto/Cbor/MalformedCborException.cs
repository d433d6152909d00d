namespace EhrLedger.Crypto.Cbor;

/// <summary>How <see cref="StrictCborReader"/> leaves a reading function on bytes that it refuses. Never leaves <see cref="CborReading"/>.</summary>
#pragma warning disable CA1032 // It is thrown in one place and caught in one: the usual constructors would be dead code.
internal sealed class MalformedCborException : Exception;
#pragma warning restore CA1032
