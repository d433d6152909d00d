using EhrLedger.Wallet.Storage;
using Microsoft.AspNetCore.Components;

namespace EhrLedger.Wallet.App.Device;

/// <summary>What only the device can do. The browser is one; tests have another in memory.</summary>
internal interface IDevice : IWalletStore
{
    /// <summary>Keeps this, and forgets all else: both or neither, wherever the device stops.</summary>
    ValueTask ReplaceAllAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Forgets all that was kept.</summary>
    ValueTask RemoveAllAsync(CancellationToken cancellationToken);

    /// <summary>Asks the device not to clear its store when room gets short.</summary>
    ValueTask PersistAsync();

    /// <summary>Language (en, zh), theme (auto, light, dark), text (usual, large).</summary>
    ValueTask<string[]> ReadPreferencesAsync();

    /// <summary>Applies and keeps them.</summary>
    ValueTask PreferAsync(string language, string theme, string text);

    /// <summary>The fragment of the address that was opened, with its #; it is gone from the address after that. Empty for none.</summary>
    ValueTask<string> TakeFragmentAsync();

    /// <summary>Calls once, when nobody has used the page for so long.</summary>
    ValueTask WatchIdleAsync(TimeSpan limit, Func<Task> then);

    /// <summary>Gives a file to the patient.</summary>
    ValueTask SaveAsync(string name, string contentType, byte[] bytes);

    /// <summary>Gives a drawing to the patient, as a PNG.</summary>
    /// <param name="name">Of the file.</param>
    /// <param name="svg">With nothing in it that has to be fetched.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    ValueTask SavePictureAsync(string name, string svg, int width, int height);

    /// <summary>Puts a text where other apps can take it from.</summary>
    /// <returns>False where the device does not let the app.</returns>
    ValueTask<bool> CopyAsync(string text);

    /// <summary>Whether it can read QR codes.</summary>
    ValueTask<bool> CanScanAsync();

    /// <summary>Shows the camera's picture and waits for a QR code. Null when it was stopped, or the camera may not be used.</summary>
    ValueTask<string?> ScanAsync(ElementReference video);

    /// <summary>Ends a scan.</summary>
    ValueTask StopScanAsync();

    /// <summary>Whether it can ask for a finger, a face or its screen lock, and give a key for it. That it has no key it may only tell when asked for one.</summary>
    ValueTask<bool> CanMakePasskeyAsync();

    /// <summary>Makes a passkey for this app, after asking the device's owner, and asks what it makes of a salt.</summary>
    /// <param name="name">What the device's lists call it.</param>
    /// <param name="salt">32 bytes.</param>
    /// <returns>Unless it is given, the device was told to forget the passkey.</returns>
    ValueTask<PasskeyAnswer> MakePasskeyAsync(string name, ReadOnlyMemory<byte> salt);

    /// <summary>Asks what a passkey makes of a salt, after asking the device's owner.</summary>
    /// <param name="credential">The passkey's id.</param>
    /// <param name="salt">32 bytes.</param>
    ValueTask<PasskeyAnswer> AskPasskeyAsync(ReadOnlyMemory<byte> credential, ReadOnlyMemory<byte> salt);

    /// <summary>Tells the device that a passkey is of no use any more. Not every device listens.</summary>
    ValueTask ForgetPasskeyAsync(ReadOnlyMemory<byte> credential);

    /// <summary>The new screen's heading gets the focus, and the window its title.</summary>
    ValueTask ShowAsync(string title);

    /// <summary>The first screen stands.</summary>
    ValueTask StartedAsync();

    /// <summary>Opens the app anew, so that nothing is left in memory.</summary>
    ValueTask LeaveAsync();
}
