using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Subjects;
using EhrLedger.Wallet.Emergencies;

namespace EhrLedger.Wallet.App.Texts;

/// <summary>English.</summary>
internal sealed class EnglishEmergencyTexts(PatientTexts texts) : EmergencyTexts
{
    public override string About => "If you can't be asked, emergency staff may open your records without your permission. Two people have to ask for it together, it lasts 24 hours at most, and here you see who it was and why. You can end it, and you can dispute it.";

    public override string Cost => "What it costs: enough members of the network together could then open your records without you, and an emergency shows on the ledger which of its entries are about one and the same person, though not who that is.";

    public override string Consent => "In an emergency, hospitals may open my records without asking me. I see who did, and can dispute it.";

    public override string Undecided => "You have not decided yet. As long as you don't, nobody may.";

    public override string Off => "Switched off: in an emergency, staff see only what you have allowed.";

    public override string SwitchOn => "Allow hospitals to, in an emergency";

    public override string SwitchOff => "Switch it off";

    public override string Set => "It is as you want it.";

    public override string Waits => "You have decided it. It is not finished everywhere yet; the wallet goes on by itself.";

    public override string Decide => "Decide what may be opened in an emergency.";

    public override string CardTitle => "Your emergency card";

    public override string CardText => "Carry it with you, on paper or on your lock screen. With it staff find your records; it opens nothing without an emergency that you see here.";

    public override string SaveCard => "Save the card as a picture";

    public override string CardOnPicture => "Emergency card";

    public override IReadOnlyList<string> CardForStaff => ["Emergency staff: scan this at your desk, or type", "what stands below it, to find my health records."];

    public override string NewCard => "I lost it: make a new one";

    public override string NewCardMade => "This is your new card. The one before leads nowhere.";

    public override string HappenedTitle => "Opened in an emergency";

    public override string NeverHappened => "Nobody has done this yet.";

    public override string WhoAsked => "Who asked";

    public override string NobodyNamed => "They have made it unreadable who asked.";

    public override string WhyTitle => "Why";

    public override string End => "End it now";

    public override string Ended => "It has ended. What they have read already, they know.";

    public override string Dispute => "This should not have happened";

    public override string DisputeTitle => "What was wrong?";

    public override string DisputeText => "It goes onto the ledger for good. All members see that it was disputed and why, not who you are.";

    public override string DisputeNow => "Dispute it";

    public override string Disputed => "You have disputed it. The hospital has to answer for it.";

    public override string DisputeWaits => "The ledger can't be reached just now. Try again in a moment.";

    public override string On(IReadOnlyList<string> kinds) => $"Switched on: {string.Join(", ", kinds.Select(NameOf))} may, in an emergency.";

    public override string Opened(string name, IEnumerable<Category> categories) => $"{name} could open {string.Join(", ", categories.Select(texts.NameOf))}, without your permission.";

    public override string Happened(string name) => $"{name} could open your records in an emergency. Was that right?";

    public override string WrittenBy(IEnumerable<string> names) => $"Records of {string.Join(", ", names)}.";

    public override string Until(DateTimeOffset declared, DateTimeOffset ends, bool lasts) =>
        lasts ? $"Since {texts.When(declared)}. It is still open, until {texts.When(ends)}." : $"From {texts.When(declared)} until {texts.When(ends)}. It has ended.";

    public override string DisputedOn(DateTimeOffset time) => $"You disputed it on {texts.When(time)}.";

    public override string Say(EmergencyReason reason) => reason switch
    {
        EmergencyReason.CannotAnswer => "You could not answer.",
        EmergencyReason.NoTime => "There was no time to ask: life or limb was in danger.",
        EmergencyReason.OthersInDanger => "Somebody else's life was in danger.",
    };

    public override string Say(DisputeGround ground) => ground switch
    {
        DisputeGround.NoEmergency => "There was no emergency",
        DisputeGround.NotTreatedThere => "I was not treated there",
        DisputeGround.TooMuch => "They looked at more than they needed",
    };

    public override string Say(DisputeOutcome outcome) => outcome switch
    {
        DisputeOutcome.Disputed => Disputed,
        DisputeOutcome.Unavailable => DisputeWaits,
        DisputeOutcome.Unknown => "This can't be disputed any more.",
    };

    private static string NameOf(string kind) => kind == "hospital" ? "hospitals" : kind;
}
