using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Subjects;
using EhrLedger.Wallet.Emergencies;

namespace EhrLedger.Wallet.App.Texts;

/// <summary>What a patient reads about emergencies, once in each language.</summary>
internal abstract class EmergencyTexts
{
    public abstract string About { get; }

    public abstract string Cost { get; }

    public abstract string Consent { get; }

    public abstract string Undecided { get; }

    public abstract string Off { get; }

    public abstract string SwitchOn { get; }

    public abstract string SwitchOff { get; }

    public abstract string Set { get; }

    public abstract string Waits { get; }

    public abstract string Decide { get; }

    public abstract string CardTitle { get; }

    public abstract string CardText { get; }

    public abstract string SaveCard { get; }

    public abstract string CardOnPicture { get; }

    public abstract IReadOnlyList<string> CardForStaff { get; }

    public abstract string NewCard { get; }

    public abstract string NewCardMade { get; }

    public abstract string HappenedTitle { get; }

    public abstract string NeverHappened { get; }

    public abstract string WhoAsked { get; }

    public abstract string NobodyNamed { get; }

    public abstract string WhyTitle { get; }

    public abstract string End { get; }

    public abstract string Ended { get; }

    public abstract string Dispute { get; }

    public abstract string DisputeTitle { get; }

    public abstract string DisputeText { get; }

    public abstract string DisputeNow { get; }

    public abstract string Disputed { get; }

    public abstract string DisputeWaits { get; }

    public abstract string On(IReadOnlyList<string> kinds);

    public abstract string Opened(string name, IEnumerable<Category> categories);

    public abstract string Happened(string name);

    public abstract string WrittenBy(IEnumerable<string> names);

    public abstract string Until(DateTimeOffset declared, DateTimeOffset ends, bool lasts);

    public abstract string DisputedOn(DateTimeOffset time);

    public abstract string Say(EmergencyReason reason);

    public abstract string Say(DisputeGround ground);

    public abstract string Say(DisputeOutcome outcome);
}
