using System.Security.Cryptography;
using EhrLedger.Crypto;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace EhrLedger.Wallet.App.Device;

/// <summary>The browser, through js/device.js. Bytes are kept in IndexedDB.</summary>
internal sealed class BrowserDevice(IJSRuntime browser, NavigationManager navigation) : IDevice
{
    private Task<IJSObjectReference>? _module;

    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(string name, CancellationToken cancellationToken) =>
        await (await ModuleAsync()).InvokeAsync<byte[]?>("read", cancellationToken, name) is { } bytes ? (ReadOnlyMemory<byte>?)bytes : null;

    public async ValueTask WriteAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        await (await ModuleAsync()).InvokeVoidAsync("write", cancellationToken, name, bytes.ToArray());

    public async ValueTask ReplaceAllAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        await (await ModuleAsync()).InvokeVoidAsync("replaceAll", cancellationToken, name, bytes.ToArray());

    public async ValueTask RemoveAllAsync(CancellationToken cancellationToken) => await (await ModuleAsync()).InvokeVoidAsync("removeAll", cancellationToken);

    public async ValueTask PersistAsync() => await (await ModuleAsync()).InvokeVoidAsync("persist");

    public async ValueTask<string[]> ReadPreferencesAsync() => await (await ModuleAsync()).InvokeAsync<string[]>("preferences");

    public async ValueTask PreferAsync(string language, string theme, string text) => await (await ModuleAsync()).InvokeVoidAsync("prefer", language, theme, text);

    public async ValueTask<string> TakeFragmentAsync() => await (await ModuleAsync()).InvokeAsync<string>("takeFragment");

    public async ValueTask WatchIdleAsync(TimeSpan limit, Func<Task> then) =>
        await (await ModuleAsync()).InvokeVoidAsync("watchIdle", DotNetObjectReference.Create(new IdleListener(then)), (int)limit.TotalMilliseconds);

    public async ValueTask SaveAsync(string name, string contentType, byte[] bytes) => await (await ModuleAsync()).InvokeVoidAsync("save", name, contentType, bytes);

    public async ValueTask SavePictureAsync(string name, string svg, int width, int height) => await (await ModuleAsync()).InvokeVoidAsync("savePicture", name, svg, width, height);

    public async ValueTask<bool> CopyAsync(string text) => await (await ModuleAsync()).InvokeAsync<bool>("copy", text);

    public async ValueTask<bool> CanScanAsync() => await (await ModuleAsync()).InvokeAsync<bool>("canScan");

    public async ValueTask<string?> ScanAsync(ElementReference video)
    {
        using var reader = DotNetObjectReference.Create(new QrPicture());
        try
        {
            return await (await ModuleAsync()).InvokeAsync<string?>("scan", video, reader);
        }
        catch (JSException)
        {
            // The patient, or the device, does not let the camera be used.
            return null;
        }
    }

    public async ValueTask StopScanAsync() => await (await ModuleAsync()).InvokeVoidAsync("stopScan");

    public async ValueTask<bool> CanMakePasskeyAsync() => await (await ModuleAsync()).InvokeAsync<bool>("canMakePasskey");

    public ValueTask<PasskeyAnswer> MakePasskeyAsync(string name, ReadOnlyMemory<byte> salt) => ListenAsync("makePasskey", name, salt.ToArray());

    public ValueTask<PasskeyAnswer> AskPasskeyAsync(ReadOnlyMemory<byte> credential, ReadOnlyMemory<byte> salt) => ListenAsync("askPasskey", credential.ToArray(), salt.ToArray());

    public async ValueTask ForgetPasskeyAsync(ReadOnlyMemory<byte> credential) => await (await ModuleAsync()).InvokeVoidAsync("forgetPasskey", credential.ToArray());

    public async ValueTask ShowAsync(string title)
    {
        var module = await ModuleAsync();
        await module.InvokeVoidAsync("title", title);
        await module.InvokeVoidAsync("toHeading");
    }

    public async ValueTask StartedAsync() => await (await ModuleAsync()).InvokeVoidAsync("started");

    public async ValueTask LeaveAsync() => await (await ModuleAsync()).InvokeVoidAsync("leave", navigation.BaseUri);

    private async ValueTask<PasskeyAnswer> ListenAsync(string function, object which, byte[] salt)
    {
        var listener = new PasskeyListener();
        using var reference = DotNetObjectReference.Create(listener);
        await (await ModuleAsync()).InvokeVoidAsync(function, which, salt, reference);
        return listener.Answer;
    }

    private Task<IJSObjectReference> ModuleAsync() => _module ??= browser.InvokeAsync<IJSObjectReference>("import", navigation.BaseUri + "js/device.js").AsTask();
}

/// <summary>What js/device.js calls when the page was left alone.</summary>
/// <param name="then">What to do.</param>
public sealed class IdleListener(Func<Task> then)
{
    /// <summary>Called once.</summary>
    [JSInvokable]
    public Task OnIdle() => then();
}

/// <summary>What js/device.js calls with what a passkey gave: bytes that it returned would stay in its memory, but these it zeroes.</summary>
public sealed class PasskeyListener
{
    internal PasskeyAnswer Answer { get; private set; } = new PasskeyAnswer.Unable();

    /// <summary>Called at most once.</summary>
    [JSInvokable]
    public void OnGiven(byte[] credential, byte[] output)
    {
        if (output.Length == SymmetricKey.KeyLength && credential.Length is > 0 and <= PasskeyFile.LongestCredential)
        {
            Answer = new PasskeyAnswer.Given(credential, SymmetricKey.FromBytes(output));
        }

        CryptographicOperations.ZeroMemory(output);
    }

    /// <summary>Called at most once, in place of the other.</summary>
    [JSInvokable]
    public void OnRefused() => Answer = new PasskeyAnswer.Refused();
}
