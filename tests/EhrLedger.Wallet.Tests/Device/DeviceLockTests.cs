using EhrLedger.Crypto;
using EhrLedger.Crypto.WalletKeys;
using EhrLedger.Wallet.App.Device;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Device;

public sealed class DeviceLockTests
{
    private const string Pin = "correct horse";
    private static readonly Digest Genesis = Digest.Of([1, 2, 3]);

    [Test]
    public async Task Opens_with_its_PIN_only_and_knows_its_genesis()
    {
        var (device, clock) = (new MemoryDevice(), new SetClock());
        var sealedSeed = new DeviceLock(device, clock);
        using var seed = WalletSeed.Generate();
        await sealedSeed.KeepAsync(seed, Genesis, Pin, default);
        Assert.That(await sealedSeed.OpenAsync("correct hors", default), Is.EqualTo(new LockOutcome.Wrong(TimeSpan.Zero)));
        var outcome = (LockOutcome.Opened)await sealedSeed.OpenAsync(Pin, default);
        using (outcome.Seed)
        {
            Assert.That(outcome.Seed.HoldsSameSecretAs(seed), Is.True);
            Assert.That(outcome.Genesis, Is.EqualTo(Genesis));
        }
    }

    [Test]
    public async Task What_is_kept_tells_neither_seed_nor_words_nor_PIN()
    {
        var device = new MemoryDevice();
        using var seed = WalletSeed.Generate();
        await new DeviceLock(device, new SetClock()).KeepAsync(seed, Genesis, Pin, default);
        var secret = new byte[WalletSeed.SeedLength];
        seed.ExportTo(secret);
        byte[][] secrets = [secret, System.Text.Encoding.UTF8.GetBytes(Pin), System.Text.Encoding.UTF8.GetBytes(seed.ToPhrase())];
        Assert.That(device.Kept.Values.Any(kept => secrets.Any(bytes => kept.AsSpan().IndexOf(bytes) >= 0)), Is.False);
    }

    [Test]
    public async Task Too_early_a_guess_is_not_tried_even_if_it_is_right()
    {
        var (device, clock) = (new MemoryDevice(), new SetClock());
        var sealedSeed = new DeviceLock(device, clock);
        using var seed = WalletSeed.Generate();
        await sealedSeed.KeepAsync(seed, Genesis, Pin, default);
        device.Kept["guesses"] = new Guesses(3, clock.Now).Encode();
        Assert.That(await sealedSeed.OpenAsync(Pin, default), Is.EqualTo(new LockOutcome.Wrong(TimeSpan.FromSeconds(5))));
        clock.Now += TimeSpan.FromSeconds(5);
        Assert.That(await sealedSeed.OpenAsync(Pin, default), Is.InstanceOf<LockOutcome.Opened>());
        Assert.That(Guesses.Parse(device.Kept["guesses"]), Is.EqualTo(Guesses.None));
    }

    [Test]
    public async Task A_damaged_file_opens_with_no_PIN()
    {
        var device = new MemoryDevice();
        var sealedSeed = new DeviceLock(device, new SetClock());
        using var seed = WalletSeed.Generate();
        await sealedSeed.KeepAsync(seed, Genesis, Pin, default);
        device.Kept["seed"][^1] ^= 1;
        Assert.That(await sealedSeed.OpenAsync(Pin, default), Is.InstanceOf<LockOutcome.Wrong>());
    }
}
