using EhrLedger.Wallet.App.Device;
using Microsoft.AspNetCore.Components;

namespace EhrLedger.Wallet.Tests;

/// <summary>A phone in memory.</summary>
internal sealed class MemoryDevice : IDevice
{
    public Dictionary<string, byte[]> Kept { get; } = [];

    public string[] Preferences { get; private set; } = ["en", "auto", "usual"];

    public string Fragment { get; set; } = "";

    public Func<Task>? Idle { get; private set; }

    public bool Left { get; private set; }

    public bool CanScan { get; set; }

    /// <summary>What the camera sees; null for nothing.</summary>
    public string? Seen { get; set; }

    public bool MayCopy { get; set; } = true;

    public string Copied { get; private set; } = "";

    public List<(string Name, byte[] Bytes)> Saved { get; } = [];

    /// <summary>What asks for a finger; null where there is none.</summary>
    public MemoryAuthenticator? Authenticator { get; set; }

    /// <summary>So many changes of the store succeed before it breaks; null for all of them.</summary>
    public int? ChangesLeft { get; set; }

    public ValueTask<ReadOnlyMemory<byte>?> ReadAsync(string name, CancellationToken cancellationToken) =>
        ValueTask.FromResult<ReadOnlyMemory<byte>?>(Kept.TryGetValue(name, out var bytes) ? (ReadOnlyMemory<byte>?)bytes : null);

    public ValueTask WriteAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Count();
        Kept[name] = bytes.ToArray();
        return ValueTask.CompletedTask;
    }

    public ValueTask ReplaceAllAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Count();
        Kept.Clear();
        Kept[name] = bytes.ToArray();
        return ValueTask.CompletedTask;
    }

    public ValueTask RemoveAllAsync(CancellationToken cancellationToken)
    {
        Count();
        Kept.Clear();
        return ValueTask.CompletedTask;
    }

    private void Count()
    {
        if (ChangesLeft-- == 0)
        {
            throw new IOException();
        }
    }

    public ValueTask PersistAsync() => ValueTask.CompletedTask;

    public ValueTask<string[]> ReadPreferencesAsync() => ValueTask.FromResult(Preferences);

    public ValueTask PreferAsync(string language, string theme, string text)
    {
        Preferences = [language, theme, text];
        return ValueTask.CompletedTask;
    }

    public ValueTask<string> TakeFragmentAsync()
    {
        var fragment = Fragment;
        Fragment = "";
        return ValueTask.FromResult(fragment);
    }

    public ValueTask WatchIdleAsync(TimeSpan limit, Func<Task> then)
    {
        Idle = then;
        return ValueTask.CompletedTask;
    }

    public ValueTask SaveAsync(string name, string contentType, byte[] bytes)
    {
        Saved.Add((name, bytes));
        return ValueTask.CompletedTask;
    }

    public ValueTask SavePictureAsync(string name, string svg, int width, int height) => SaveAsync(name, "image/svg+xml", System.Text.Encoding.UTF8.GetBytes(svg));

    public ValueTask<bool> CopyAsync(string text)
    {
        Copied = MayCopy ? text : Copied;
        return ValueTask.FromResult(MayCopy);
    }

    public ValueTask<bool> CanScanAsync() => ValueTask.FromResult(CanScan);

    public ValueTask<string?> ScanAsync(ElementReference video) => ValueTask.FromResult(Seen);

    public ValueTask StopScanAsync() => ValueTask.CompletedTask;

    public ValueTask<bool> CanMakePasskeyAsync() => ValueTask.FromResult(Authenticator is not null);

    public ValueTask<PasskeyAnswer> MakePasskeyAsync(string name, ReadOnlyMemory<byte> salt) => ValueTask.FromResult(Authenticator?.Make(name, salt) ?? new PasskeyAnswer.Unable());

    public ValueTask<PasskeyAnswer> AskPasskeyAsync(ReadOnlyMemory<byte> credential, ReadOnlyMemory<byte> salt) => ValueTask.FromResult(Authenticator?.Ask(credential, salt) ?? new PasskeyAnswer.Unable());

    public ValueTask ForgetPasskeyAsync(ReadOnlyMemory<byte> credential)
    {
        Authenticator?.Forget(credential);
        return ValueTask.CompletedTask;
    }

    public ValueTask ShowAsync(string title) => ValueTask.CompletedTask;

    public ValueTask StartedAsync() => ValueTask.CompletedTask;

    public ValueTask LeaveAsync()
    {
        Left = true;
        return ValueTask.CompletedTask;
    }
}
