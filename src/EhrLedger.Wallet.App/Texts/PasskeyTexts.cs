using EhrLedger.Wallet.App.Device;

namespace EhrLedger.Wallet.App.Texts;

/// <summary>What a patient reads about unlocking with a finger, a face or the screen lock, once in each language.</summary>
internal abstract class PasskeyTexts
{
    /// <summary>What the device's own lists call the passkey. Says nothing of health.</summary>
    public abstract string Name { get; }

    public abstract string Use { get; }

    public abstract string SwitchOn { get; }

    public abstract string WhoCan { get; }

    public abstract string PinStays { get; }

    public abstract string Confirm { get; }

    public abstract string ConfirmText { get; }

    public abstract string SwitchOff { get; }

    public abstract string SwitchOffText { get; }

    public abstract string SwitchOffNow { get; }

    public abstract string IsOff { get; }

    /// <summary>Where the device lists the passkey, and where it may go.</summary>
    /// <param name="host">Of the node that serves the app.</param>
    public abstract string WhereListed(string host);

    /// <summary>What came of switching it on.</summary>
    public abstract string Say(PasskeyOutcome outcome);
}
