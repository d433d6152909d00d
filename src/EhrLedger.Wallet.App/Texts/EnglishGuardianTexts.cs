using EhrLedger.Wallet.Guardians;

namespace EhrLedger.Wallet.App.Texts;

/// <summary>English.</summary>
internal sealed class EnglishGuardianTexts(PatientTexts texts) : GuardianTexts
{
    public override string About => "If you lose your phone and your 24 words, people you trust, and organisations, can bring your wallet back together. No one of them can do it alone, none of them sees your records by it, and you have time to stop it.";

    public override string Cost => "What it costs: if enough of your guardians are deceived, or agree to do it behind your back, somebody else gets your wallet and with it your records, unless you stop it in time. Only this app can tell you, so open it more often than that time is long. Enough guardians and enough members of the network together could open your wallet without waiting; an organisation can be both, so at least one person must always agree. The ledger does not show which guardians are organisations. The ledger shows everybody that somebody has guardians, how many, how many of them must agree and how long it takes; not who you or they are.";

    public override string LinkTitle => "If phone and words are lost";

    public override string LinkText => "Choose who can bring your wallet back, or be one for somebody else.";

    public override string MineTitle => "My guardians";

    public override string Undecided => "You have chosen nobody. If phone and words are lost, your wallet is lost.";

    public override string Off => "Switched off: nobody can bring your wallet back. If phone and words are lost, it is lost.";

    public override string NotYet => "You have decided it. It is not in force everywhere yet; the wallet goes on by itself.";

    public override string Unreachable => "The ledger can't be reached just now. Whether somebody asks for your wallet can't be told.";

    public override string Choose => "Choose guardians";

    public override string Change => "Change guardians";

    public override string SwitchOff => "Switch it off";

    public override string SwitchOffText => "Nobody can bring your wallet back after that. If you want guardians again, each of them has to answer you anew.";

    public override string SwitchOffNow => "Switch it off now";

    public override string KeepIt => "Leave it as it is";

    public override string Set => "It is as you want it. Your guardians have nothing more to do.";

    public override string SwitchedOff => "It is switched off.";

    public override string InviteStep => "1. Ask them";

    public override string InviteText => "Send this invitation to each of them, by any messenger. It holds no secret. They need this app too.";

    public override string YourName => "What they call you";

    public override string MakeInvitation => "Make the invitation";

    public override string Invitation => "Your invitation";

    public override string Organisations => "Organisations that you are connected to";

    public override string OrganisationsText => "They agree at once. If you lose phone and words, you go there with the new phone, and they help you only after they have seen who you are. They can't see your records by it.";

    public override string PeopleToo => "Organisations alone are never enough: at least one person must always agree too.";

    public override string AnswersStep => "2. Enter their answers";

    public override string AnswersText => "Each of them sends you a text back. You may close the app while you wait: the answers stay good.";

    public override string GuardianName => "Name of this guardian";

    public override string Answer => "This guardian's answer";

    public override string AddGuardian => "Add";

    public override string Remove => "Remove";

    public override string NobodyYet => "Nobody yet. You need at least two.";

    public override string NeedsName => "Say what you call this person, in at most 100 letters.";

    public override string NotAnAnswer => "This is no answer to your invitation. Ask for the whole text.";

    public override string AddedAlready => "This person is in the list already.";

    public override string TooMany => "There can be at most 16.";

    public override string RuleStep => "3. How it works";

    public override string HowMany => "How many of them must agree";

    public override string HowLong => "How long you can stop it";

    public override string RuleText => "Fewer who must agree: it comes back even if some can't be reached, and fewer need to be deceived. Longer: more time for you to notice, and a longer wait when you have really lost it.";

    public override string Confirm => "Set these guardians";

    public override string PendingTitle => "Somebody asks for your wallet";

    public override string PendingText => "Enough of your guardians have agreed to it. If it is not you on a new phone, stop it now, and call your guardians: they may have been deceived.";

    public override string PendingMe => "If it is you on your new phone, you have nothing to do here.";

    public override string Stop => "That was not me: stop it";

    public override string GuardedTitle => "People I guard";

    public override string GuardedText => "You help somebody to get a wallet back who has lost phone and words. You see no records, and you can do nothing alone.";

    public override string GuardNobody => "You guard nobody yet.";

    public override string Invited => "Somebody asks you to be a guardian";

    public override string PasteInvitation => "Paste the invitation";

    public override string Accept => "Agree";

    public override string NotAnInvitation => "This is no invitation to guard somebody in this network, or it is your own.";

    public override string AcceptanceText => "Send this back. It holds no secret.";

    public override string Acceptance => "Your answer";

    public override string AskedTitle => "Somebody I guard has lost phone and words";

    public override string PasteAsk => "Paste what the new phone shows";

    public override string Look => "Look at it";

    public override string NotAnAsk => "This is not what a new phone of this network shows. Ask for the whole text.";

    public override string CompareText => "Anybody can write a name. Call this person at a number that you know, or meet. Let the name and these eight digits be read out to you from the new phone. If one of them differs, or you are being hurried, do not go on.";

    public override string Whom => "Whose voice was it?";

    public override string CostOfApproving => "If you are mistaken, a stranger may get this person's wallet and records.";

    public override string Approve => "The voice, the name and the digits are right: help";

    public override string ApprovalText => "Send this back. Only the new phone can read it. It holds for six days.";

    public override string Approval => "Your help for the new phone";

    public override string NoGuardian => "You are no guardian of this person, or not any more.";

    public override string TryAgain => "The network can't be reached just now, or does not have everything yet. Try again in a moment.";

    public override string Copy => "Copy";

    public override string Copied => "Copied.";

    public override string NotCopied => "This device does not let the app copy. Mark the text and copy it yourself.";

    public override string Lost => "I have lost my words";

    public override string LostText => "If you have chosen guardians before, they can bring your wallet back to this phone. Enough of them have to help, and after that you wait: in that time it can be stopped, if it is not you who asks. If you have chosen none, nobody can bring it back: go back and make a new wallet.";

    public override string LostName => "Your name, as your guardians know you";

    public override string LostPinText => "This PIN protects what is kept here while you wait, and your wallet after that.";

    public override string Coming => "A wallet is on its way back to this phone. If you make or restore another one here, that ends.";

    public override string GoOn => "Go on bringing my wallet back";

    public override string ComingTitle => "Your wallet is on its way back";

    public override string ComingText => "Enter the PIN that you chose when you began.";

    public override string AskStep => "1. Ask your guardians";

    public override string AskText => "Send this text to your guardians, and call them. They will ask you for the name and these eight digits: read both out. To an organisation you go in person, with this phone and something that shows who you are.";

    public override string AskLabel => "For your guardians";

    public override string ApprovalStep => "2. Enter what they send back";

    public override string ApprovalLabel => "What a guardian has sent back";

    public override string WaitText => "You may close the app, and open it again on this phone when the time has come, at most 30 days after. When your wallet is back, write down its 24 words: they are under Settings.";

    public override string LookAgain => "Look again";

    public override string GiveUp => "Give up";

    public override string GiveUpText => "What your guardians have sent is forgotten here, and nobody can use it any more. You can begin anew.";

    public override string GiveUpNow => "Give up now";

    public override string CanGuard(string name) => $"{name} can be a guardian: its staff will check who you are at the desk, and two of them must agree.";

    public override string AskIt(string name) => $"Ask {name}";

    public override string HasAgreed(string name) => $"{name} has agreed, and is in the list below.";

    public override string DoesNotGuard(string name) => $"{name} does not do this just now.";

    public override string PeopleMissing(int people) => $"Organisations alone are never enough: at least one person must always agree too. Add {people} more {(people == 1 ? "person" : "people")}, or remove an organisation.";

    public override string NameOf(ChosenGuardian guardian) => guardian.Organisation is null ? guardian.Name : $"{guardian.Name} (organisation)";

    public override string On(int threshold, int guardians, int hours) => $"Switched on: {threshold} of your {guardians} guardians together can bring your wallet back, after {HoursOf(hours)} in which you can stop it.";

    public override string Chosen(int guardians) => $"You have chosen {guardians} guardians.";

    public override string HoursOf(int hours) => hours % 24 != 0 || hours == 0 ? $"{hours} hours" : hours == 24 ? "1 day" : $"{hours / 24} days";

    public override string OutOf(int threshold, int guardians) => $"{threshold} of {guardians}";

    public override string AskedBy(string name) => $"The new phone says that it is: {name}";

    public override string GuardianOf(string name) => $"You guard {name} now.";

    public override string Pending(RecoveryPending pending, DateTimeOffset now) => pending.NoUntil > now
        ? $"Asked on {texts.When(pending.AskedAt)}. You can stop it until {texts.When(pending.NoUntil)}."
        : $"Asked on {texts.When(pending.AskedAt)}. The time to stop it ended on {texts.When(pending.NoUntil)}. Stopping it may still help, if the new phone has not come for it yet.";

    public override string Say(VetoOutcome outcome) => outcome switch
    {
        VetoOutcome.Vetoed => "Stopped. What your guardians have given away opens nothing any more, as long as enough members keep to the rules. Your guardians stay the same; call them.",
        VetoOutcome.Waiting => "You have said no. The ledger does not show it yet: keep the app open, or open it again soon. It goes on by itself.",
        VetoOutcome.Unknown => "There is no such request any more.",
    };

    public override string Say(ApprovalTaken taken) => taken switch
    {
        ApprovalTaken.Taken => "That counts.",
        ApprovalTaken.NoApproval => "This does not help: it is not what a guardian sends back, or it is for another phone. Ask for the whole text.",
        ApprovalTaken.OfAnotherWallet => "This is for another wallet than what the guardians before have sent. Ask this guardian whose wallet it was.",
        ApprovalTaken.NotInForce => "The owner of that wallet has other guardians now, or none, or somebody has stopped it. Ask this guardian anew.",
        ApprovalTaken.Unavailable => TryAgain,
    };

    public override string Say(RecoveryProgress progress) => progress switch
    {
        RecoveryProgress.Collects(var approvals, null) => $"{approvals} guardians have helped so far.",
        RecoveryProgress.Collects(var approvals, { } needed) => $"{approvals} of {needed} guardians have helped. {needed - approvals} {(needed - approvals == 1 ? "is" : "are")} missing.",
        RecoveryProgress.Waits(var until) => $"Enough guardians have helped, and it stands on the ledger. Wait until {texts.When(until)}. Until then your old wallet, whoever has it, can stop this.",
        RecoveryProgress.CustodiansWait(var shares, var needed) => $"The time to wait is over. {shares} of {needed} members have given their part. Look again in a few minutes.",
        RecoveryProgress.Ended => "It was stopped, or the guardians have changed, or it is too late. Give up here, and begin anew.",
        RecoveryProgress.Recovered => "Your wallet is back.",
        _ => TryAgain,
    };
}
