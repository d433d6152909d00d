using EhrLedger.Wallet.Guardians;

namespace EhrLedger.Wallet.App.Texts;

/// <summary>What a patient reads about guardians, once in each language.</summary>
internal abstract class GuardianTexts
{
    public abstract string About { get; }

    public abstract string Cost { get; }

    public abstract string LinkTitle { get; }

    public abstract string LinkText { get; }

    public abstract string MineTitle { get; }

    public abstract string Undecided { get; }

    public abstract string Off { get; }

    public abstract string NotYet { get; }

    public abstract string Unreachable { get; }

    public abstract string Choose { get; }

    public abstract string Change { get; }

    public abstract string SwitchOff { get; }

    public abstract string SwitchOffText { get; }

    public abstract string SwitchOffNow { get; }

    public abstract string KeepIt { get; }

    public abstract string Set { get; }

    public abstract string SwitchedOff { get; }

    public abstract string InviteStep { get; }

    public abstract string InviteText { get; }

    public abstract string YourName { get; }

    public abstract string MakeInvitation { get; }

    public abstract string Invitation { get; }

    public abstract string Organisations { get; }

    public abstract string OrganisationsText { get; }

    public abstract string PeopleToo { get; }

    public abstract string AnswersStep { get; }

    public abstract string AnswersText { get; }

    public abstract string GuardianName { get; }

    public abstract string Answer { get; }

    public abstract string AddGuardian { get; }

    public abstract string Remove { get; }

    public abstract string NobodyYet { get; }

    public abstract string NeedsName { get; }

    public abstract string NotAnAnswer { get; }

    public abstract string AddedAlready { get; }

    public abstract string TooMany { get; }

    public abstract string RuleStep { get; }

    public abstract string HowMany { get; }

    public abstract string HowLong { get; }

    public abstract string RuleText { get; }

    public abstract string Confirm { get; }

    public abstract string PendingTitle { get; }

    public abstract string PendingText { get; }

    public abstract string PendingMe { get; }

    public abstract string Stop { get; }

    public abstract string GuardedTitle { get; }

    public abstract string GuardedText { get; }

    public abstract string GuardNobody { get; }

    public abstract string Invited { get; }

    public abstract string PasteInvitation { get; }

    public abstract string Accept { get; }

    public abstract string NotAnInvitation { get; }

    public abstract string AcceptanceText { get; }

    public abstract string Acceptance { get; }

    public abstract string AskedTitle { get; }

    public abstract string PasteAsk { get; }

    public abstract string Look { get; }

    public abstract string NotAnAsk { get; }

    public abstract string CompareText { get; }

    public abstract string Whom { get; }

    public abstract string CostOfApproving { get; }

    public abstract string Approve { get; }

    public abstract string ApprovalText { get; }

    public abstract string Approval { get; }

    public abstract string NoGuardian { get; }

    public abstract string TryAgain { get; }

    public abstract string Copy { get; }

    public abstract string Copied { get; }

    public abstract string NotCopied { get; }

    public abstract string Lost { get; }

    public abstract string LostText { get; }

    public abstract string LostName { get; }

    public abstract string LostPinText { get; }

    public abstract string Coming { get; }

    public abstract string GoOn { get; }

    public abstract string ComingTitle { get; }

    public abstract string ComingText { get; }

    public abstract string AskStep { get; }

    public abstract string AskText { get; }

    public abstract string AskLabel { get; }

    public abstract string ApprovalStep { get; }

    public abstract string ApprovalLabel { get; }

    public abstract string WaitText { get; }

    public abstract string LookAgain { get; }

    public abstract string GiveUp { get; }

    public abstract string GiveUpText { get; }

    public abstract string GiveUpNow { get; }

    /// <summary>An organisation offers it.</summary>
    public abstract string CanGuard(string name);

    public abstract string AskIt(string name);

    public abstract string HasAgreed(string name);

    public abstract string DoesNotGuard(string name);

    /// <summary>Organisations alone are never enough, and there are too few people.</summary>
    public abstract string PeopleMissing(int people);

    /// <summary>With a word beside it where it is an organisation.</summary>
    public abstract string NameOf(ChosenGuardian guardian);

    public abstract string On(int threshold, int guardians, int hours);

    public abstract string Chosen(int guardians);

    /// <summary>A waiting time.</summary>
    public abstract string HoursOf(int hours);

    public abstract string OutOf(int threshold, int guardians);

    public abstract string AskedBy(string name);

    public abstract string GuardianOf(string name);

    public abstract string Pending(RecoveryPending pending, DateTimeOffset now);

    public abstract string Say(VetoOutcome outcome);

    public abstract string Say(ApprovalTaken taken);

    public abstract string Say(RecoveryProgress progress);
}
