using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Subjects;
using EhrLedger.Wallet.Emergencies;

namespace EhrLedger.Wallet.App.Texts;

/// <summary>Chinese, simplified.</summary>
internal sealed class ChineseEmergencyTexts(PatientTexts texts) : EmergencyTexts
{
    public override string About => "如果无法征求您的意见，急救人员可以在未经您许可的情况下打开您的档案。必须由两个人共同提出，最长 24 小时，您在这里可以看到是谁、为什么。您可以终止，也可以提出异议。";

    public override string Cost => "代价是：足够多的网络成员联合起来，可以在没有您参与的情况下打开您的档案；一次紧急情况会在账本上显示哪些条目属于同一个人，但不显示是谁。";

    public override string Consent => "紧急情况下，医院可以不经询问打开我的档案。我能看到是谁，并可提出异议。";

    public override string Undecided => "您尚未决定。在您决定之前，任何人都不可以。";

    public override string Off => "已关闭：紧急情况下，医护人员只能看到您已授权的内容。";

    public override string SwitchOn => "允许医院在紧急情况下打开";

    public override string SwitchOff => "关闭";

    public override string Set => "已按您的意愿设置。";

    public override string Waits => "您已作出决定，尚未在各处完成，钱包会自动继续。";

    public override string Decide => "请决定紧急情况下可以打开什么。";

    public override string CardTitle => "您的急救卡";

    public override string CardText => "请随身携带，可印在纸上或放在锁屏上。医护人员凭它找到您的档案；没有您在此可见的紧急情况，它什么也打不开。";

    public override string SaveCard => "将急救卡保存为图片";

    public override string CardOnPicture => "急救卡";

    public override IReadOnlyList<string> CardForStaff => ["急救人员：请在工作站扫描此码，", "或输入下方文字，以查找本人的健康档案。"];

    public override string NewCard => "我丢失了：制作新卡";

    public override string NewCardMade => "这是您的新卡，旧卡已失效。";

    public override string HappenedTitle => "紧急情况下的打开";

    public override string NeverHappened => "尚未发生过。";

    public override string WhoAsked => "谁提出的";

    public override string NobodyNamed => "对方使提出者的姓名无法读取。";

    public override string WhyTitle => "原因";

    public override string End => "立即终止";

    public override string Ended => "已终止。对方已经看过的内容无法收回。";

    public override string Dispute => "这不应该发生";

    public override string DisputeTitle => "哪里不对？";

    public override string DisputeText => "异议将永久写入账本。所有成员都能看到有异议及其理由，但看不到您是谁。";

    public override string DisputeNow => "提出异议";

    public override string Disputed => "您已提出异议，医院必须对此负责。";

    public override string DisputeWaits => "暂时无法联系账本，请稍后再试。";

    public override string On(IReadOnlyList<string> kinds) => $"已开启：紧急情况下，{string.Join("、", kinds.Select(NameOf))}可以打开。";

    public override string Opened(string name, IEnumerable<Category> categories) => $"{name} 未经您许可，可以打开{string.Join("、", categories.Select(texts.NameOf))}。";

    public override string Happened(string name) => $"{name} 在紧急情况下可以打开您的档案。这正确吗？";

    public override string WrittenBy(IEnumerable<string> names) => $"{string.Join("、", names)} 的档案。";

    public override string Until(DateTimeOffset declared, DateTimeOffset ends, bool lasts) =>
        lasts ? $"自 {texts.When(declared)} 起，仍可打开，至 {texts.When(ends)}。" : $"自 {texts.When(declared)} 至 {texts.When(ends)}，已结束。";

    public override string DisputedOn(DateTimeOffset time) => $"您于 {texts.When(time)} 提出异议。";

    public override string Say(EmergencyReason reason) => reason switch
    {
        EmergencyReason.CannotAnswer => "您当时无法回答。",
        EmergencyReason.NoTime => "生命或肢体有危险，来不及询问。",
        EmergencyReason.OthersInDanger => "他人的生命有危险。",
    };

    public override string Say(DisputeGround ground) => ground switch
    {
        DisputeGround.NoEmergency => "当时没有紧急情况",
        DisputeGround.NotTreatedThere => "我没有在那里就医",
        DisputeGround.TooMuch => "对方查看的超出了需要",
    };

    public override string Say(DisputeOutcome outcome) => outcome switch
    {
        DisputeOutcome.Disputed => Disputed,
        DisputeOutcome.Unavailable => DisputeWaits,
        DisputeOutcome.Unknown => "已无法再提出异议。",
    };

    private static string NameOf(string kind) => kind == "hospital" ? "医院" : kind;
}
