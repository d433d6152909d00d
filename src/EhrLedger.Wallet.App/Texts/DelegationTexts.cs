using EhrLedger.Consent.Delegations;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.App.Delegates;
using EhrLedger.Wallet.Delegations;

namespace EhrLedger.Wallet.App.Texts;

/// <summary>What people read about acting for each other, once in each language.</summary>
internal abstract class DelegationTexts
{
    public abstract string LinkText { get; }

    public abstract string MineTitle { get; }

    public abstract string About { get; }

    public abstract string Nobody { get; }

    public abstract string Unreachable { get; }

    public abstract string AlarmTitle { get; }

    public abstract string Ask { get; }

    public abstract string MayRead { get; }

    public abstract string OnLedger { get; }

    public abstract string AnyTime { get; }

    public abstract string ChoiceStep { get; }

    public abstract string WhoseRecords { get; }

    public abstract string Acts { get; }

    public abstract string MayBeDone { get; }

    public abstract string Purposes { get; }

    public abstract string LastDay { get; }

    public abstract string TooMuch { get; }

    public abstract string Incomplete { get; }

    public abstract string InviteStep { get; }

    public abstract string InviteText { get; }

    public abstract string Fixed { get; }

    public abstract string ChooseAnew { get; }

    public abstract string AnswerStep { get; }

    public abstract string AnswerText { get; }

    public abstract string DelegateName { get; }

    public abstract string Answer { get; }

    public abstract string NotAnAnswer { get; }

    public abstract string UsedAlready { get; }

    public abstract string Confirm { get; }

    public abstract string NothingDone { get; }

    public abstract string End { get; }

    public abstract string EndText { get; }

    public abstract string EndAll { get; }

    public abstract string EndKeep { get; }

    public abstract string HasEnded { get; }

    /// <summary>A delegate whose name can't be read.</summary>
    public abstract string Somebody { get; }

    public abstract string ForTitle { get; }

    public abstract string ForText { get; }

    public abstract string ForNobody { get; }

    public abstract string Invited { get; }

    public abstract string NotAnInvitation { get; }

    public abstract string NothingYet { get; }

    public abstract string ForEnded { get; }

    public abstract string Permissions { get; }

    public abstract string NoPermissions { get; }

    public abstract string ByYou { get; }

    public abstract string Allow { get; }

    public abstract string AllowText { get; }

    public abstract string OwnRecords { get; }

    public abstract string AllowWaits { get; }

    public abstract string LogUnknown { get; }

    public abstract string LeaveNow { get; }

    public abstract string LeaveWaits { get; }

    public abstract string ForOthers { get; }

    /// <summary>The delegate's name as the patient has it, or what stands for one that can't be read.</summary>
    public string NameOf(string name) => name.Length > 0 ? name : Somebody;

    /// <summary>One act.</summary>
    public abstract string NameOf(DelegateActs act);

    /// <summary>How long somebody may act.</summary>
    public abstract string LengthOf(int days);

    public abstract string RecordsOf(string author);

    public abstract string EndedOnes(int count);

    public abstract string DoneOf(int count);

    public abstract string AllowedBy(string name);

    public abstract string Agreed(string name);

    public abstract string Leave(string name);

    public abstract string LeaveText(string name);

    public abstract string Left(string name);

    public abstract string Say(DelegationStatus status);

    public abstract string Say(DelegateOutcome outcome);

    public abstract string Say(DelegateAct act, Func<OrganisationId, string> nameOf);

    public abstract string Sentence(ActingSentence sentence, Func<OrganisationId, string> nameOf);
}
