using EhrLedger.Consent.Erasing;
using EhrLedger.Wallet.Erasing;

namespace EhrLedger.Wallet.App.Texts;

/// <summary>What a patient reads about erasing records, once in each language.</summary>
internal abstract class ErasureTexts
{
    public abstract string Erase { get; }

    public abstract string Sure { get; }

    public abstract string NotUndone { get; }

    public abstract string KnownStays { get; }

    public abstract string TraceStays { get; }

    public abstract string EraseNow { get; }

    public abstract string About { get; }

    public abstract string Nothing { get; }

    public abstract string WhoHasDoneIt { get; }

    /// <summary>One record that was erased.</summary>
    public abstract string Record(string author, string category);

    public abstract string AskedOn(DateTimeOffset time);

    /// <summary>What an organisation has signed, and when.</summary>
    public abstract string Say(string name, ErasureReply reply);

    public abstract string Silent(string name);

    public abstract string Say(HoldGround ground);

    public abstract string Say(EraseOutcome outcome);
}
