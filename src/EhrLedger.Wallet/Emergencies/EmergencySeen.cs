using EhrLedger.Consent.Emergencies;

namespace EhrLedger.Wallet.Emergencies;

/// <summary>An emergency on the ledger.</summary>
internal sealed class EmergencySeen(EmergencyAccess body, ulong index, DateTimeOffset time, uint epoch)
{
    public EmergencyAccess Body => body;

    public ulong Index => index;

    public DateTimeOffset Time => time;

    /// <summary>The epoch when it was declared: the last one whose keys the organisation has.</summary>
    public uint Epoch => epoch;

    public DateTimeOffset EndsAt { get; private set; } = time.AddMilliseconds(EmergencyRules.Duration);

    public DateTimeOffset? DisputedAt { get; set; }

    public bool HasEnded(DateTimeOffset now) => now >= EndsAt;

    public void End(DateTimeOffset at) => EndsAt = at < EndsAt ? at : EndsAt;
}
