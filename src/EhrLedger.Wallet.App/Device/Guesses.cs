using System.Buffers.Binary;

namespace EhrLedger.Wallet.App.Device;

/// <summary>Wrong PINs in a row, and how long the next one has to wait. It slows a person at the screen; who copies the device's store is slowed by Argon2id alone.</summary>
/// <param name="Wrong">How many.</param>
/// <param name="Last">When the last one was.</param>
internal sealed record Guesses(int Wrong, DateTimeOffset Last)
{
    public static Guesses None { get; } = new(0, DateTimeOffset.UnixEpoch);

    /// <summary>None for the first two; then 5 s, 15 s, 1 minute, 5 minutes, 15 minutes, and 1 hour from the eighth on.</summary>
    public TimeSpan Pause => Wrong switch
    {
        < 3 => TimeSpan.Zero,
        3 => TimeSpan.FromSeconds(5),
        4 => TimeSpan.FromSeconds(15),
        5 => TimeSpan.FromMinutes(1),
        6 => TimeSpan.FromMinutes(5),
        7 => TimeSpan.FromMinutes(15),
        _ => TimeSpan.FromHours(1),
    };

    /// <summary>What is left of the pause. A clock that was set back does not make it longer.</summary>
    public TimeSpan LeftAt(DateTimeOffset now)
    {
        var left = Last + Pause - now;
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < Pause ? left : Pause;
    }

    public Guesses Again(DateTimeOffset now) => new(Math.Min(Wrong, 1_000) + 1, now);

    public byte[] Encode()
    {
        var bytes = new byte[12];
        BinaryPrimitives.WriteInt32BigEndian(bytes, Wrong);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(4), Last.ToUnixTimeMilliseconds());
        return bytes;
    }

    /// <summary>What can't be read counts as none: it protects nothing that a thief of the store could not put there.</summary>
    public static Guesses Parse(ReadOnlySpan<byte> bytes)
    {
        const long Latest = 253_402_300_799_999;
        return bytes.Length == 12 && BinaryPrimitives.ReadInt32BigEndian(bytes) is >= 0 and <= 1_001 and var wrong && BinaryPrimitives.ReadInt64BigEndian(bytes[4..]) is >= 0 and <= Latest and var last
            ? new Guesses(wrong, DateTimeOffset.FromUnixTimeMilliseconds(last))
            : None;
    }
}
