using EhrLedger.Wallet.Guardians;

namespace EhrLedger.Wallet.App.Texts;

/// <summary>Chinese, simplified.</summary>
internal sealed class ChineseGuardianTexts(PatientTexts texts) : GuardianTexts
{
    public override string About => "如果您丢失了手机和 24 个单词，您信任的人和机构可以一起帮您找回钱包。任何一方都无法单独做到，也不会因此看到您的档案，您也有时间阻止。";

    public override string Cost => "代价是：如果足够多的守护人受骗或背着您串通，除非您及时阻止，别人就会得到您的钱包和档案。只有本应用能通知您，所以打开它的间隔请短于等待时间。足够多的守护人与足够多的网络成员联合起来，可以不经等待打开您的钱包；机构可能同时是两者，因此始终至少需要一个人同意。账本不显示哪些守护人是机构。账本会向所有人显示：有人设置了守护人、有几位、需要几位同意、等待多久；但不显示您和他们是谁。";

    public override string LinkTitle => "手机和单词都丢失时";

    public override string LinkText => "选择谁能帮您找回钱包，或为他人担任守护人。";

    public override string MineTitle => "我的守护人";

    public override string Undecided => "您尚未选择守护人。如果手机和单词都丢失，钱包就无法找回。";

    public override string Off => "已关闭：没有人能帮您找回钱包。如果手机和单词都丢失，钱包就无法找回。";

    public override string NotYet => "您已作出决定，尚未在各处生效，钱包会自动继续。";

    public override string Unreachable => "暂时无法联系账本，无法知道是否有人索取您的钱包。";

    public override string Choose => "选择守护人";

    public override string Change => "更改守护人";

    public override string SwitchOff => "关闭";

    public override string SwitchOffText => "关闭后没有人能帮您找回钱包。以后若要重新启用，每位守护人都需要再次答复您。";

    public override string SwitchOffNow => "立即关闭";

    public override string KeepIt => "保持不变";

    public override string Set => "已按您的意愿设置，守护人无需再做什么。";

    public override string SwitchedOff => "已关闭。";

    public override string InviteStep => "1. 邀请他们";

    public override string InviteText => "用任何聊天工具把这份邀请发给每个人。它不含秘密。对方也需要此应用。";

    public override string YourName => "他们如何称呼您";

    public override string MakeInvitation => "生成邀请";

    public override string Invitation => "您的邀请";

    public override string Organisations => "您已连接的机构";

    public override string OrganisationsText => "机构会立即同意。如果您丢失了手机和单词，请带着新手机前往该机构，核实您的身份后才会帮助您。机构不会因此看到您的档案。";

    public override string PeopleToo => "仅有机构永远不够：始终还需要至少一个人同意。";

    public override string AnswersStep => "2. 输入他们的答复";

    public override string AnswersText => "每个人都会发回一段文字。等待时可以关闭应用，答复不会失效。";

    public override string GuardianName => "这位守护人的姓名";

    public override string Answer => "这位守护人的答复";

    public override string AddGuardian => "添加";

    public override string Remove => "移除";

    public override string NobodyYet => "还没有人，至少需要两位。";

    public override string NeedsName => "请填写称呼，最多约 30 个汉字。";

    public override string NotAnAnswer => "这不是对您邀请的答复，请向对方索取完整文字。";

    public override string AddedAlready => "此人已在列表中。";

    public override string TooMany => "最多 16 位。";

    public override string RuleStep => "3. 规则";

    public override string HowMany => "需要几位同意";

    public override string HowLong => "您可以阻止的时间";

    public override string RuleText => "需要同意的人越少，即使联系不上某些人也能找回，但骗过的人也只需更少。时间越长，您越有机会发现，但真正丢失时等待也越久。";

    public override string Confirm => "设置这些守护人";

    public override string PendingTitle => "有人索取您的钱包";

    public override string PendingText => "足够多的守护人已经同意。如果不是您本人在新手机上操作，请立即阻止，并致电您的守护人：他们可能受骗了。";

    public override string PendingMe => "如果是您本人在新手机上操作，这里无需处理。";

    public override string Stop => "不是我：阻止";

    public override string GuardedTitle => "我守护的人";

    public override string GuardedText => "当对方丢失手机和单词时，您帮助找回钱包。您看不到任何档案，也无法单独做任何事。";

    public override string GuardNobody => "您还没有守护任何人。";

    public override string Invited => "有人请您担任守护人";

    public override string PasteInvitation => "粘贴邀请";

    public override string Accept => "同意";

    public override string NotAnInvitation => "这不是本网络中的守护邀请，或是您自己的邀请。";

    public override string AcceptanceText => "请把这段文字发回给对方。它不含秘密。";

    public override string Acceptance => "您的答复";

    public override string AskedTitle => "我守护的人丢失了手机和单词";

    public override string PasteAsk => "粘贴新手机显示的文字";

    public override string Look => "查看";

    public override string NotAnAsk => "这不是本网络新手机显示的文字，请索取完整文字。";

    public override string CompareText => "姓名谁都能写。请拨打您熟知的号码或当面核实，让对方从新手机上念出姓名和这八位数字。如有任何不同，或有人催促您，请不要继续。";

    public override string Whom => "是谁的声音？";

    public override string CostOfApproving => "如果认错了人，陌生人可能得到此人的钱包和档案。";

    public override string Approve => "声音、姓名和数字都正确：帮助找回";

    public override string ApprovalText => "请把这段文字发回。只有新手机能读取，六天内有效。";

    public override string Approval => "给新手机的文字";

    public override string NoGuardian => "您不是此人的守护人，或已不再是。";

    public override string TryAgain => "暂时无法联系网络，或尚未就绪，请稍后再试。";

    public override string Copy => "复制";

    public override string Copied => "已复制。";

    public override string NotCopied => "此设备不允许应用复制，请自行选中并复制。";

    public override string Lost => "我丢失了单词";

    public override string LostText => "如果您之前选择了守护人，他们可以帮您把钱包找回到这部手机上。需要足够多的守护人帮助，然后等待一段时间：如果不是您本人，在此期间可以阻止。如果没有选择守护人，就无法找回：请返回并新建钱包。";

    public override string LostName => "守护人所熟知的您的姓名";

    public override string LostPinText => "此 PIN 码保护等待期间保存在此的内容，以及之后的钱包。";

    public override string Coming => "钱包正在找回到这部手机。如果您在此新建或恢复另一个钱包，找回将终止。";

    public override string GoOn => "继续找回我的钱包";

    public override string ComingTitle => "正在找回您的钱包";

    public override string ComingText => "请输入开始时设置的 PIN 码。";

    public override string AskStep => "1. 请求守护人";

    public override string AskText => "把这段文字发给守护人，并致电他们。他们会问您姓名和这八位数字，请念给他们听。机构则需您本人带着这部手机和身份证件前往。";

    public override string AskLabel => "发给守护人";

    public override string ApprovalStep => "2. 输入他们发回的文字";

    public override string ApprovalLabel => "守护人发回的文字";

    public override string WaitText => "您可以关闭应用，到时再在这部手机上打开，最迟不超过期满后 30 天。钱包找回后，请在“设置”中抄写 24 个单词。";

    public override string LookAgain => "再次查看";

    public override string GiveUp => "放弃";

    public override string GiveUpText => "守护人发来的内容将从这里删除，任何人都无法再使用。您可以重新开始。";

    public override string GiveUpNow => "立即放弃";

    public override string CanGuard(string name) => $"{name} 可以担任守护人：工作人员会在窗口核实您的身份，并需要其中两人同意。";

    public override string AskIt(string name) => $"请求 {name}";

    public override string HasAgreed(string name) => $"{name} 已同意，已加入下面的列表。";

    public override string DoesNotGuard(string name) => $"{name} 目前不担任守护人。";

    public override string PeopleMissing(int people) => $"仅有机构永远不够：始终还需要至少一个人同意。请再添加 {people} 个人，或移除一个机构。";

    public override string NameOf(ChosenGuardian guardian) => guardian.Organisation is null ? guardian.Name : $"{guardian.Name}（机构）";

    public override string On(int threshold, int guardians, int hours) => $"已开启：您的 {guardians} 位守护人中有 {threshold} 位同意，即可在 {HoursOf(hours)}后找回您的钱包，在此期间您可以阻止。";

    public override string Chosen(int guardians) => $"您已选择 {guardians} 位守护人。";

    public override string HoursOf(int hours) => hours % 24 != 0 || hours == 0 ? $"{hours} 小时" : $"{hours / 24} 天";

    public override string OutOf(int threshold, int guardians) => $"{guardians} 位中的 {threshold} 位";

    public override string AskedBy(string name) => $"新手机自称：{name}";

    public override string GuardianOf(string name) => $"您现在是 {name} 的守护人。";

    public override string Pending(RecoveryPending pending, DateTimeOffset now) => pending.NoUntil > now
        ? $"提出于 {texts.When(pending.AskedAt)}。您可以在 {texts.When(pending.NoUntil)} 之前阻止。"
        : $"提出于 {texts.When(pending.AskedAt)}。阻止的期限已于 {texts.When(pending.NoUntil)} 结束。如果新手机尚未取走，阻止仍可能有用。";

    public override string Say(VetoOutcome outcome) => outcome switch
    {
        VetoOutcome.Vetoed => "已阻止。只要足够多的成员遵守规则，守护人给出的内容就不再有用。守护人保持不变，请致电他们。",
        VetoOutcome.Waiting => "您已拒绝，账本尚未显示：请保持应用打开，或尽快再次打开。它会自动继续。",
        VetoOutcome.Unknown => "此请求已不存在。",
    };

    public override string Say(ApprovalTaken taken) => taken switch
    {
        ApprovalTaken.Taken => "有效。",
        ApprovalTaken.NoApproval => "无效：这不是守护人发回的文字，或是给另一部手机的。请索取完整文字。",
        ApprovalTaken.OfAnotherWallet => "这属于另一个钱包，与之前守护人发来的不同。请问这位守护人是谁的钱包。",
        ApprovalTaken.NotInForce => "该钱包的守护人已更改或已关闭，或找回已被阻止。请重新请求这位守护人。",
        ApprovalTaken.Unavailable => TryAgain,
    };

    public override string Say(RecoveryProgress progress) => progress switch
    {
        RecoveryProgress.Collects(var approvals, null) => $"已有 {approvals} 位守护人帮助。",
        RecoveryProgress.Collects(var approvals, { } needed) => $"已有 {approvals} 位守护人帮助，共需 {needed} 位，还差 {needed - approvals} 位。",
        RecoveryProgress.Waits(var until) => $"已有足够多的守护人帮助，请求已写入账本。请等到 {texts.When(until)}。在此之前，持有您旧钱包的人可以阻止。",
        RecoveryProgress.CustodiansWait(var shares, var needed) => $"等待已结束。需要 {needed} 个成员，已有 {shares} 个给出其部分。请几分钟后再次查看。",
        RecoveryProgress.Ended => "已被阻止，或守护人已更改，或已超过期限。请放弃并重新开始。",
        RecoveryProgress.Recovered => "您的钱包已找回。",
        _ => TryAgain,
    };
}
