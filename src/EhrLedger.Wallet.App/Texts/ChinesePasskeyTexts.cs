using EhrLedger.Wallet.App.Device;

namespace EhrLedger.Wallet.App.Texts;

/// <summary>Simplified Chinese.</summary>
internal sealed class ChinesePasskeyTexts : PasskeyTexts
{
    public override string Name => "钱包";

    public override string Use => "使用指纹、面容或锁屏密码";

    public override string SwitchOn => "用指纹、面容或锁屏密码解锁";

    public override string WhoCan => "开启后，任何能用指纹、面容或密码解锁此设备的人，都能打开您的钱包。";

    public override string PinStays => "PIN 码继续有效：它始终能打开钱包；查看 24 个单词、更改解锁方式，也只能用它。";

    public override string Confirm => "在此设备上确认";

    public override string ConfirmText => "PIN 码正确。接下来设备会要求您验证指纹、面容或锁屏密码。";

    public override string SwitchOff => "不再用指纹、面容或锁屏密码解锁";

    public override string SwitchOffText => "此后只有 PIN 码能打开钱包。请确认您记得它。";

    public override string SwitchOffNow => "停用";

    public override string IsOff => "现在只有 PIN 码能打开钱包。如果设备设置中仍列有它的通行密钥，您也可以在那里删除。";

    public override string WhereListed(string host) => $"您的设备会将其列为 {host} 的通行密钥，并可能同步到您在设备厂商处的账户。没有本设备上保存的内容，它什么也打不开。";

    public override string Say(PasskeyOutcome outcome) => outcome switch
    {
        PasskeyOutcome.On => "已开启。PIN 码仍可照常打开钱包。",
        PasskeyOutcome.Refused => "设备未能确认是您本人，未作任何更改。",
        PasskeyOutcome.Unable => "此设备无法用这种方式解锁钱包。未保存任何内容，PIN 码仍可照常打开钱包。",
    };
}
