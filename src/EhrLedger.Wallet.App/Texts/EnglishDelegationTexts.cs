using EhrLedger.Consent.Delegations;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.App.Delegates;
using EhrLedger.Wallet.Delegations;

namespace EhrLedger.Wallet.App.Texts;

/// <summary>English.</summary>
internal sealed class EnglishDelegationTexts(PatientTexts texts) : DelegationTexts
{
    public override string LinkText => "Let a person whom you trust decide for you who may see your records, or do it for somebody else.";

    public override string MineTitle => "Who may act for me";

    public override string About => "A person whom you trust can decide for you who may see your records: somebody in your family, or who cares for you. You say for which records, what for, and until when. Everything they do, you see here.";

    public override string Nobody => "Nobody may act for you.";

    public override string Unreachable => "Not every member of the network answers just now. What they did lately may be missing here.";

    public override string AlarmTitle => "Somebody who acts for you has gone too far";

    public override string Ask => "Ask somebody";

    public override string MayRead => "Whoever may allow others to read may also read: nothing keeps them from allowing themselves. Choose only a person to whom you would show these records.";

    public override string OnLedger => "Everybody who sees the ledger can see that a patient has somebody who acts, what they may do, what for, and until which day. Not who you or they are, and not which records these are.";

    public override string AnyTime => "You can end it at any time. What they have read by then, they know: nobody can take that back.";

    public override string ChoiceStep => "1. What you leave to them";

    public override string WhoseRecords => "Records of";

    public override string Acts => "What they may do";

    public override string MayBeDone => "What may be done";

    public override string Purposes => "What they may allow it for";

    public override string LastDay => "Last day";

    public override string TooMuch => "That is too much for one person. Choose fewer kinds, or fewer hospitals: one times the other may be 64 at most.";

    public override string Incomplete => "Choose records, what they may do, and what for. If you asked before, choose the same as then, or less.";

    public override string InviteStep => "2. Ask them";

    public override string InviteText => "Send this invitation to one person, by any messenger. It holds no secret, and does not say which records these are. They need this app too.";

    public override string Fixed => "The invitation is made for this, so it stays as it is. To change it, choose anew and send a new invitation.";

    public override string ChooseAnew => "Choose anew";

    public override string AnswerStep => "3. Enter their answer";

    public override string AnswerText => "They send you a text back. You may close the app while you wait: the answer stays good. Only choose again then what you asked for, or less.";

    public override string DelegateName => "Name of this person";

    public override string Answer => "Their answer";

    public override string NotAnAnswer => "This is no answer to an invitation of yours to act for you. Ask for the whole text.";

    public override string UsedAlready => "This answer was entered before. To let the same person do something else, ask anew.";

    public override string Confirm => "Let them act for me";

    public override string NothingDone => "They have done nothing so far.";

    public override string End => "End it";

    public override string EndText => "They can do nothing more for you from then on, and new records get keys that they never had. What they have read already, they know.";

    public override string EndAll => "End it, and what they allowed";

    public override string EndKeep => "End it, and keep what they allowed";

    public override string HasEnded => "It has ended. They can do nothing more for you.";

    public override string Somebody => "somebody who acts for you";

    public override string ForTitle => "People I act for";

    public override string ForText => "You decide for somebody who may see their records, as far as they have left it to you. Everything you do, they see.";

    public override string ForNobody => "You act for nobody yet.";

    public override string Invited => "Somebody asks you to act for them";

    public override string NotAnInvitation => "This is no invitation to act for somebody in this network, or it is your own.";

    public override string NothingYet => "Nothing to do yet: your answer has not been entered, or the network can't be reached just now.";

    public override string ForEnded => "It has ended. You can do nothing more here.";

    public override string Permissions => "Who may see these records";

    public override string NoPermissions => "Nobody but the hospitals that wrote them.";

    public override string ByYou => "You allowed it.";

    public override string Allow => "Allow somebody to read";

    public override string AllowText => "Whoever wants to read has given out a link or a code. Paste the link here, or scan the code.";

    public override string OwnRecords => "They wrote these records themselves, and need no permission.";

    public override string AllowWaits => "It is not finished yet. Look again in a moment. If it does not stand here then, allow it anew.";

    public override string LogUnknown => "The network can't be reached just now, or you may not see this any more.";

    public override string LeaveNow => "Stop now";

    public override string LeaveWaits => "It is not on the ledger everywhere yet. Try again in a moment.";

    public override string ForOthers => "This is for somebody I act for";

    public override string NameOf(DelegateActs act) => act switch
    {
        DelegateActs.Grant => "Allow others to read",
        DelegateActs.End => "End permissions, whoever gave them",
        DelegateActs.SeeLog => "See who looked",
        _ => "",
    };

    public override string LengthOf(int days) => days > 365 && days % 365 == 0 ? $"{days / 365} years" : texts.LengthOf(days);

    public override string RecordsOf(string author) => $"Records of {author}";

    public override string EndedOnes(int count) => $"Ended ({count})";

    public override string DoneOf(int count) => $"What they have done ({count})";

    public override string AllowedBy(string name) => $"Allowed by {NameOf(name)}.";

    public override string Agreed(string name) => $"You have agreed to act for {name}. Once {name} has entered your answer, you can begin.";

    public override string Leave(string name) => $"Stop acting for {name}";

    public override string LeaveText(string name) => $"You can do nothing more for {name} after that. What you have allowed goes on, until {name} ends it or it runs out.";

    public override string Left(string name) => $"You act for {name} no more.";

    public override string Say(DelegationStatus status) => status switch
    {
        DelegationStatus.Waiting => "You have decided it. It is not finished yet; the wallet goes on by itself.",
        DelegationStatus.Active => "May act for you.",
        DelegationStatus.Ending => "You are ending it; not on the ledger yet.",
        DelegationStatus.Ended => "It has ended.",
        DelegationStatus.Lapsed => "It has run out.",
    };

    public override string Say(DelegateOutcome outcome) => outcome switch
    {
        DelegateOutcome.Delegated => "They may act for you now. Tell them to look again in their app.",
        DelegateOutcome.Waiting => "You have decided it. It is not finished yet; the wallet goes on by itself.",
        DelegateOutcome.BadScope => "You have chosen more than the answer is for. Choose what you asked for, or less; or ask anew.",
        DelegateOutcome.NotConnected => "You are not connected with one of these hospitals any more. Nothing was done.",
    };

    public override string Say(DelegateAct act, Func<OrganisationId, string> nameOf)
    {
        var who = act.Grantee is { } grantee ? nameOf(grantee) : "somebody whom this wallet can't name";
        return act.Kind switch
        {
            DelegateActKind.Granted => $"Allowed {who} to see {texts.NameOf(act.Category)}.",
            DelegateActKind.EndedGrant => $"Ended the permission of {who} for {texts.NameOf(act.Category)}.",
            DelegateActKind.Left => $"Stopped acting for you, for {texts.NameOf(act.Category)}.",
        };
    }

    public override string Sentence(ActingSentence sentence, Func<OrganisationId, string> nameOf)
    {
        var who = sentence.Grantee is { } grantee ? nameOf(grantee) : "Somebody whose name you may not see";
        var why = sentence.Purposes.Count > 0 ? $" for {string.Join(", ", sentence.Purposes.Select(texts.NameOf))}" : "";
        return $"{who} may see {string.Join(", ", sentence.Categories.Select(texts.NameOf))}{why} until {texts.DayOf(DateTime.UnixEpoch.AddDays(sentence.Days.Last))}.";
    }
}
