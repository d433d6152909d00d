using EhrLedger.Wallet.App.Device;

namespace EhrLedger.Wallet.App.Texts;

/// <summary>English.</summary>
internal sealed class EnglishPasskeyTexts : PasskeyTexts
{
    public override string Name => "Wallet";

    public override string Use => "Use fingerprint, face or screen lock";

    public override string SwitchOn => "Unlock with fingerprint, face or screen lock";

    public override string WhoCan => "Whoever can unlock this device, with a finger, a face or its code, can open your wallet then.";

    public override string PinStays => "Your PIN stays: it always opens the wallet, and only it shows your 24 words or changes how the wallet is opened.";

    public override string Confirm => "Confirm with this device";

    public override string ConfirmText => "That was your PIN. Now this device asks for your fingerprint, your face or your screen lock.";

    public override string SwitchOff => "Stop unlocking with fingerprint, face or screen lock";

    public override string SwitchOffText => "From then on only your PIN opens the wallet. Make sure that you know it.";

    public override string SwitchOffNow => "Stop it";

    public override string IsOff => "Only your PIN opens the wallet now. You may also remove its passkey in your device's settings, if it is still listed there.";

    public override string WhereListed(string host) => $"Your device lists it as a passkey for {host}, and may copy it to your account with its maker. Without what is kept on this device it opens nothing.";

    public override string Say(PasskeyOutcome outcome) => outcome switch
    {
        PasskeyOutcome.On => "It is on. Your PIN opens the wallet as before.",
        PasskeyOutcome.Refused => "Your device did not confirm that it is you. Nothing was changed.",
        PasskeyOutcome.Unable => "This device can't unlock the wallet in this way. Nothing was kept; your PIN opens the wallet as before.",
    };
}
