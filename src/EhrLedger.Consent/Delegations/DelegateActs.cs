using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Consent.Delegations;

/// <summary>What a delegate may do. The numbers stand in entries and states.</summary>
[Flags]
public enum DelegateActs : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Grant, also in answer to what an organisation asks for.</summary>
    Grant = 1,

    /// <summary>End grants, the patient's own among them.</summary>
    End = 2,

    /// <summary>See who looked. No entry is needed for it: the wallet hands out what opens the log.</summary>
    SeeLog = 4,
}

internal static class DelegateActsCbor
{
    /// <summary>At least one, and none that this version does not know.</summary>
    public static DelegateActs ReadActs(this StrictCborReader reader)
    {
        var acts = reader.ReadByte();
        reader.Require(acts is > 0 and <= (byte)(DelegateActs.Grant | DelegateActs.End | DelegateActs.SeeLog));
        return (DelegateActs)acts;
    }
}
