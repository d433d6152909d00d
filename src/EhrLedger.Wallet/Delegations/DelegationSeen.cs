using EhrLedger.Consent.Delegations;

namespace EhrLedger.Wallet.Delegations;

/// <summary>A delegation on the ledger.</summary>
internal sealed class DelegationSeen(Delegated body, DelegationMemo? memo, ulong index, DateTimeOffset time, uint epoch)
{
    public Delegated Body => body;

    /// <summary>Who it is. Null if it does not open.</summary>
    public DelegationMemo? Memo => memo;

    public ulong Index => index;

    public DateTimeOffset Time => time;

    /// <summary>The last epoch whose keys the delegate has, or is to have.</summary>
    public uint Epoch { get; private set; } = epoch;

    /// <summary>When it was ended; null where it was not, though its last day may have passed.</summary>
    public DateTimeOffset? EndedAt { get; private set; }

    public ulong EndedAtIndex { get; private set; }

    /// <summary>Whether the delegate has ended it.</summary>
    public bool HasLeft { get; private set; }

    /// <summary>Who may not grant has no epoch's keys.</summary>
    public bool GivesKeys => body.Acts.HasFlag(DelegateActs.Grant);

    public bool HasEnded(uint today) => EndedAt is not null || body.LastDay < today;

    public void End(DateTimeOffset at, ulong index, bool left) => (EndedAt, EndedAtIndex, HasLeft) = (at, index, left);

    /// <summary>An epoch has begun: the delegate gets its keys, unless it is over.</summary>
    public void Reach(uint epoch, DateTimeOffset at) => Epoch = HasEnded((uint)(at.ToUnixTimeSeconds() / 86_400)) ? Epoch : epoch;
}
