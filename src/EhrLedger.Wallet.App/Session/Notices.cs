using System.Buffers.Binary;
using EhrLedger.Wallet.Access;
using EhrLedger.Wallet.App.Device;

namespace EhrLedger.Wallet.App.Session;

/// <summary>Which reads the patient has not seen yet, and whether the app says so. Kept on this device: until when the list of reads was looked at, and the switch.</summary>
internal sealed class Notices(IDevice device)
{
    private const string Name = "notices";
    private const int Length = 9;

    private bool _isRead;
    private DateTimeOffset _seenUntil = DateTimeOffset.MinValue;

    /// <summary>The patient's wish; on unless switched off.</summary>
    public bool AreOn { get; private set; } = true;

    /// <summary>Reads what this device has kept.</summary>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        if (!_isRead && await device.ReadAsync(Name, cancellationToken) is { Length: Length } kept)
        {
            AreOn = kept.Span[0] != 0;
            var millis = BinaryPrimitives.ReadInt64BigEndian(kept.Span[1..]);
            _seenUntil = millis is > 0 and < 253_402_300_799_999 ? DateTimeOffset.FromUnixTimeMilliseconds(millis) : DateTimeOffset.MinValue;
        }

        _isRead = true;
    }

    /// <summary>What came since the list was looked at last. What is not final yet has no time, and counts when it is.</summary>
    public IReadOnlyList<AccessEvent> NewOf(IReadOnlyList<AccessEvent> events) => AreOn && _isRead ? [.. events.Where(seen => seen.Time > _seenUntil)] : [];

    /// <summary>The patient has the list before the eyes.</summary>
    public async Task SeeAsync(IReadOnlyList<AccessEvent> events, CancellationToken cancellationToken)
    {
        if (_isRead && events.Max(seen => seen.Time) is { } newest && newest > _seenUntil)
        {
            _seenUntil = newest;
            await KeepAsync(cancellationToken);
        }
    }

    /// <summary>Switches them on or off.</summary>
    public async Task SwitchAsync(bool on, CancellationToken cancellationToken)
    {
        AreOn = on;
        await KeepAsync(cancellationToken);
    }

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        var bytes = new byte[Length];
        bytes[0] = AreOn ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(1), _seenUntil == DateTimeOffset.MinValue ? 0 : _seenUntil.ToUnixTimeMilliseconds());
        await device.WriteAsync(Name, bytes, cancellationToken);
    }
}
