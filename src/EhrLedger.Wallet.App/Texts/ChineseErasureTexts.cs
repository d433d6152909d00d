using EhrLedger.Consent.Erasing;
using EhrLedger.Wallet.Erasing;

namespace EhrLedger.Wallet.App.Texts;

/// <summary>Chinese.</summary>
internal sealed class ChineseErasureTexts(PatientTexts texts) : ErasureTexts
{
    public override string Erase => "删除此档案";

    public override string Sure => "要在所有地方删除吗？";

    public override string NotUndone => "无法撤销，您自己也不能：此后没有任何医院拥有这份档案。";

    public override string KnownStays => "之前读过或保存过它的人，仍然知道其内容。";

    public override string TraceStays => "曾有这份档案、何时由谁书写，会留在账本上。";

    public override string EraseNow => "永久删除";

    public override string About => "每个机构都会签字确认已销毁其所有内容。没有人能证明不再有副本；尚未回答的机构列在这里。";

    public override string Nothing => "您没有删除过任何档案。";

    public override string WhoHasDoneIt => "谁已完成";

    public override string Record(string author, string category) => $"{author} 的一份{category}档案";

    public override string AskedOn(DateTimeOffset time) => $"您于 {texts.When(time)} 要求删除。";

    public override string Say(string name, ErasureReply reply) => reply.Answer switch
    {
        ErasureAnswer.Held => $"{name} 暂时保留：{(reply.Ground is { } ground ? Say(ground) : texts.Unknown)}{texts.When(reply.At)}。",
        ErasureAnswer.Destroyed => $"{name} 已销毁其所有内容，{texts.When(reply.At)}。备份将在 30 天内消失。",
        ErasureAnswer.BackupsGone => $"{name} 已销毁其所有内容，备份也已消失，{texts.When(reply.At)}。",
    };

    public override string Silent(string name) => $"{name} 尚未回答。";

    public override string Say(HoldGround ground) => ground switch
    {
        HoldGround.Proceedings => "法院或主管机关要求保留。",
        HoldGround.Retention => "法律规定了保存期限。",
        HoldGround.Identity => "它说明您是谁，没有它，您在那里的其他档案将无主。",
    };

    public override string Say(EraseOutcome outcome) => outcome switch
    {
        EraseOutcome.Told => "正在删除。您可以在“设置”中看到谁已完成。",
        EraseOutcome.PartlyTold => "正在删除。有些机构暂时无法联系，钱包会自动继续。",
        EraseOutcome.Unknown => "医院尚未将这份档案写入账本，请稍后再试。",
        EraseOutcome.Unavailable => "没有删除任何内容：暂时无法联系医院或账本，请稍后再试。",
    };
}
