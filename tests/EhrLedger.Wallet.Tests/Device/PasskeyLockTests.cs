using EhrLedger.Crypto;
using EhrLedger.Crypto.WalletKeys;
using EhrLedger.Wallet.App.Device;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Device;

public sealed class PasskeyLockTests
{
    private static readonly Digest Genesis = Digest.Of([1, 2, 3]);

    private readonly WalletSeed _seed = WalletSeed.Generate();
    private MemoryDevice _device = null!;
    private PasskeyLock _lock = null!;

    [SetUp]
    public void Start()
    {
        _device = new MemoryDevice { Authenticator = new MemoryAuthenticator() };
        _lock = new PasskeyLock(_device);
    }

    [OneTimeTearDown]
    public void Stop() => _seed.Dispose();

    [Test]
    public async Task Gives_back_the_seed_with_its_genesis()
    {
        Assert.That(await SwitchOnAsync(), Is.EqualTo(PasskeyOutcome.On));
        Assert.That(await _lock.IsOnAsync(default));
        var (outcome, opened) = await _lock.OpenAsync(default);
        using (opened!.Seed)
        {
            Assert.That(outcome, Is.EqualTo(PasskeyOutcome.On));
            Assert.That(opened.Seed.HoldsSameSecretAs(_seed));
            Assert.That(opened.Genesis, Is.EqualTo(Genesis));
        }
    }

    [Test]
    public async Task What_is_kept_tells_no_seed_and_what_the_passkey_gave_is_zeroed()
    {
        await SwitchOnAsync();
        (await _lock.OpenAsync(default)).Opened!.Seed.Dispose();
        var secret = new byte[WalletSeed.SeedLength];
        _seed.ExportTo(secret);
        Assert.That(_device.Kept.Values.Any(kept => kept.AsSpan().IndexOf(secret) >= 0), Is.False);
        Assert.That(_device.Authenticator!.AllZeroed);
    }

    [Test]
    public async Task Each_passkey_is_asked_about_a_salt_of_its_own()
    {
        await SwitchOnAsync();
        var first = PasskeyFile.Parse(_device.Kept[PasskeyLock.FileName])!.Salt.ToArray();
        await SwitchOnAsync();
        Assert.That(PasskeyFile.Parse(_device.Kept[PasskeyLock.FileName])!.Salt.ToArray(), Is.Not.EqualTo(first));
    }

    [Test]
    public async Task Another_authenticators_output_opens_nothing()
    {
        await SwitchOnAsync();
        _device.Authenticator!.Swap();
        Assert.That(await _lock.OpenAsync(default), Is.EqualTo((PasskeyOutcome.Unable, (LockOutcome.Opened?)null)));
        Assert.That(_device.Authenticator.AllZeroed);
    }

    [Test]
    public async Task Without_the_owner_it_neither_keeps_nor_opens_anything()
    {
        _device.Authenticator!.Confirms = false;
        Assert.That(await SwitchOnAsync(), Is.EqualTo(PasskeyOutcome.Refused));
        Assert.That(_device.Kept, Is.Empty);
        _device.Authenticator.Confirms = true;
        await SwitchOnAsync();
        _device.Authenticator.Confirms = false;
        Assert.That(await _lock.OpenAsync(default), Is.EqualTo((PasskeyOutcome.Refused, (LockOutcome.Opened?)null)));
    }

    [Test]
    public async Task Where_passkeys_give_no_key_nothing_is_kept()
    {
        _device.Authenticator!.HasPrf = false;
        Assert.That(await SwitchOnAsync(), Is.EqualTo(PasskeyOutcome.Unable));
        Assert.That(_device.Kept, Is.Empty);
    }

    [Test]
    public async Task Switched_off_it_asks_nobody_and_the_device_loses_the_passkey()
    {
        await SwitchOnAsync();
        await _lock.SwitchOffAsync(default);
        var asked = _device.Authenticator!.Asked;
        Assert.That(await _lock.OpenAsync(default), Is.EqualTo((PasskeyOutcome.Unable, (LockOutcome.Opened?)null)));
        Assert.That(await _lock.IsOnAsync(default), Is.False);
        Assert.That(_device.Authenticator.Asked, Is.EqualTo(asked));
        Assert.That(_device.Authenticator.Names, Is.Empty);
    }

    private Task<PasskeyOutcome> SwitchOnAsync() => _lock.SwitchOnAsync(new LockOutcome.Opened(_seed, Genesis), "Wallet", default);
}
