using EhrLedger.Consent.Delegations;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.App.Delegates;
using EhrLedger.Wallet.Delegations;

namespace EhrLedger.Wallet.App.Texts;

/// <summary>Chinese, simplified.</summary>
internal sealed class ChineseDelegationTexts(PatientTexts texts) : DelegationTexts
{
    public override string LinkText => "让您信任的人代您决定谁可以查看您的档案，或代他人行事。";

    public override string MineTitle => "谁可以代我行事";

    public override string About => "您信任的人，例如家人或照顾您的人，可以代您决定谁可以查看您的档案。由您决定涉及哪些档案、用于什么、到什么时候。他们所做的一切，您都能在这里看到。";

    public override string Nobody => "没有人可以代您行事。";

    public override string Unreachable => "目前并非所有网络成员都有回应，他们最近的操作可能没有显示。";

    public override string AlarmTitle => "代您行事的人做得过头了";

    public override string Ask => "请人代我行事";

    public override string MayRead => "能授权他人查看的人，自己也能查看：没有什么能阻止他们授权给自己。请只选择您愿意让其看到这些档案的人。";

    public override string OnLedger => "能看到账本的人都能看到：有患者请人代为行事、可以做什么、用于什么、到哪一天为止。但看不到您和对方是谁，也看不到是哪些档案。";

    public override string AnyTime => "您可以随时终止。但对方在此之前看过的内容无法收回。";

    public override string ChoiceStep => "1. 您委托什么";

    public override string WhoseRecords => "哪里的档案";

    public override string Acts => "可以做什么";

    public override string MayBeDone => "可做的事";

    public override string Purposes => "可以为什么用途授权";

    public override string LastDay => "最后一天";

    public override string TooMuch => "对一个人来说太多了。请减少类别或医院：两者数目相乘最多为 64。";

    public override string Incomplete => "请选择档案、可以做什么以及用途。如果之前已经邀请，请选择与当时相同的内容，或更少。";

    public override string InviteStep => "2. 邀请对方";

    public override string InviteText => "用任何聊天工具把这份邀请发给一个人。它不含秘密，也不说明是哪些档案。对方也需要此应用。";

    public override string Fixed => "邀请是按此生成的，因此不再变动。如要更改，请重新选择并发送新的邀请。";

    public override string ChooseAnew => "重新选择";

    public override string AnswerStep => "3. 输入对方的答复";

    public override string AnswerText => "对方会发回一段文字。等待时可以关闭应用，答复不会失效。只是届时请再次选择邀请时的内容，或更少。";

    public override string DelegateName => "此人的姓名";

    public override string Answer => "对方的答复";

    public override string NotAnAnswer => "这不是对您邀请代为行事的答复，请向对方索取完整文字。";

    public override string UsedAlready => "此答复已经输入过。如要委托同一人别的事，请重新邀请。";

    public override string Confirm => "让此人代我行事";

    public override string NothingDone => "到目前为止什么也没有做。";

    public override string End => "终止委托";

    public override string EndText => "此后对方不能再代您做任何事，新档案将使用对方从未拥有的密钥。但对方已经看过的内容无法收回。";

    public override string EndAll => "终止委托及其给出的授权";

    public override string EndKeep => "终止委托，保留其给出的授权";

    public override string HasEnded => "已终止，对方不能再代您做任何事。";

    public override string Somebody => "代您行事的人";

    public override string ForTitle => "我代为行事的人";

    public override string ForText => "您在对方委托的范围内，代其决定谁可以查看其档案。您所做的一切，对方都能看到。";

    public override string ForNobody => "您还没有代任何人行事。";

    public override string Invited => "有人请您代为行事";

    public override string NotAnInvitation => "这不是本网络中代为行事的邀请，或是您自己的邀请。";

    public override string NothingYet => "还没有可做的事：对方尚未输入您的答复，或暂时无法联系网络。";

    public override string ForEnded => "已结束，您在这里不能再做任何事。";

    public override string Permissions => "谁可以查看这些档案";

    public override string NoPermissions => "除了书写档案的医院，没有其他人。";

    public override string ByYou => "由您授权。";

    public override string Allow => "授权他人查看";

    public override string AllowText => "想要查看的机构会给出链接或二维码。请在此粘贴链接，或扫描二维码。";

    public override string OwnRecords => "这些档案由对方自己书写，无需授权。";

    public override string AllowWaits => "尚未完成，请稍后再次查看。如果届时没有显示，请重新授权。";

    public override string LogUnknown => "暂时无法联系网络，或您已无权查看。";

    public override string LeaveNow => "立即停止";

    public override string LeaveWaits => "尚未全部写入账本，请稍后再试。";

    public override string ForOthers => "这是为我代为行事的人";

    public override string NameOf(DelegateActs act) => act switch
    {
        DelegateActs.Grant => "授权他人查看",
        DelegateActs.End => "终止授权，无论由谁给出",
        DelegateActs.SeeLog => "查看谁看过",
        _ => "",
    };

    public override string LengthOf(int days) => days > 365 && days % 365 == 0 ? $"{days / 365} 年" : texts.LengthOf(days);

    public override string RecordsOf(string author) => $"{author} 的档案";

    public override string EndedOnes(int count) => $"已结束（{count}）";

    public override string DoneOf(int count) => $"做过的事（{count}）";

    public override string AllowedBy(string name) => $"由 {NameOf(name)} 授权。";

    public override string Agreed(string name) => $"您已同意代 {name} 行事。{name} 输入您的答复后，即可开始。";

    public override string Leave(string name) => $"不再代 {name} 行事";

    public override string LeaveText(string name) => $"此后您不能再代 {name} 做任何事。您给出的授权继续有效，直到 {name} 终止或到期。";

    public override string Left(string name) => $"您不再代 {name} 行事。";

    public override string Say(DelegationStatus status) => status switch
    {
        DelegationStatus.Waiting => "您已作出决定，尚未完成，钱包会自动继续。",
        DelegationStatus.Active => "可以代您行事。",
        DelegationStatus.Ending => "您正在终止，尚未写入账本。",
        DelegationStatus.Ended => "已终止。",
        DelegationStatus.Lapsed => "已到期。",
    };

    public override string Say(DelegateOutcome outcome) => outcome switch
    {
        DelegateOutcome.Delegated => "对方现在可以代您行事，请告诉对方在其应用中再次查看。",
        DelegateOutcome.Waiting => "您已作出决定，尚未完成，钱包会自动继续。",
        DelegateOutcome.BadScope => "您选择的内容超出了答复的范围。请选择邀请时的内容或更少，或重新邀请。",
        DelegateOutcome.NotConnected => "您与其中一家医院已不再连接。未做任何操作。",
    };

    public override string Say(DelegateAct act, Func<OrganisationId, string> nameOf)
    {
        var who = act.Grantee is { } grantee ? nameOf(grantee) : "此钱包无法识别的机构";
        return act.Kind switch
        {
            DelegateActKind.Granted => $"授权 {who} 查看{texts.NameOf(act.Category)}。",
            DelegateActKind.EndedGrant => $"终止了 {who} 查看{texts.NameOf(act.Category)}的授权。",
            DelegateActKind.Left => $"不再就{texts.NameOf(act.Category)}代您行事。",
        };
    }

    public override string Sentence(ActingSentence sentence, Func<OrganisationId, string> nameOf)
    {
        var who = sentence.Grantee is { } grantee ? nameOf(grantee) : "您无权得知名称的机构";
        var why = sentence.Purposes.Count > 0 ? $"，用于{string.Join("、", sentence.Purposes.Select(texts.NameOf))}" : "";
        return $"{who} 可以查看{string.Join("、", sentence.Categories.Select(texts.NameOf))}{why}，至 {texts.DayOf(DateTime.UnixEpoch.AddDays(sentence.Days.Last))}。";
    }
}
