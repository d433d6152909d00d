using EhrLedger.Crypto.Sharing;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.Crypto.Sharing;

public sealed class ShamirTests
{
    [Test]
    public void Any_threshold_of_shares_give_the_secret_back() => Prop.ForAll((NonEmptyArray<byte> secret, PositiveInt a, PositiveInt b) =>
    {
        var count = 1 + (a.Get % 12);
        var threshold = 1 + (b.Get % count);
        var shares = Shamir.Split(secret.Get, threshold, count);
        var some = shares.OrderBy(_ => Random.Shared.Next()).Take(threshold).ToList();
        var more = shares.OrderBy(_ => Random.Shared.Next()).Take(Math.Min(threshold + 1, count)).ToList();
        return shares.Length == count && Shamir.Join(some)!.AsSpan().SequenceEqual(secret.Get) && Shamir.Join(more)!.AsSpan().SequenceEqual(secret.Get);
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Derived_shares_are_the_same_each_time_and_give_the_secret_back()
    {
        using var key = EhrLedger.Crypto.SymmetricKey.FromBytes(new byte[32]);
        using var other = EhrLedger.Crypto.SymmetricKey.FromBytes([1, .. new byte[31]]);
        byte[] secret = [.. Enumerable.Range(0, 32).Select(i => (byte)(i * 7))];
        var shares = Shamir.SplitDerived(secret, 3, 5, key);
        var again = Shamir.SplitDerived(secret, 3, 5, key);
        Assert.That(shares.Zip(again).All(pair => pair.First.HoldsSameSecretAs(pair.Second)), Is.True);
        Assert.That(Shamir.SplitDerived(secret, 3, 5, other)[0].HoldsSameSecretAs(shares[0]), Is.False);
        Assert.That(Shamir.Join([shares[4], shares[0], shares[2]]), Is.EqualTo(secret));
        Assert.That(Shamir.Join([shares[4], shares[0]]), Is.Not.EqualTo(secret));
    }

    [Test]
    public void Every_subset_of_the_threshold_works()
    {
        byte[] secret = [.. Enumerable.Range(0, 32).Select(i => (byte)(i * 7))];
        var shares = Shamir.Split(secret, 3, 5);
        for (var subset = 0; subset < 32; subset++)
        {
            var chosen = shares.Where((_, i) => ((subset >> i) & 1) == 1).ToList();
            if (chosen.Count > 0)
            {
                Assert.That(Shamir.Join(chosen)!.AsSpan().SequenceEqual(secret), Is.EqualTo(chosen.Count >= 3), $"subset {subset}");
            }
        }
    }

    /// <summary>With t − 1 shares each value of the secret remains possible, by exactly one further share: shown for every byte.</summary>
    [Test]
    public void One_share_less_says_nothing()
    {
        var shares = Shamir.Split([0x42], 2, 2);
        var value = new byte[1];
        shares[0].ExportTo(value);
        var possible = Enumerable.Range(0, 256).Select(other => Shamir.Join([shares[0], Share.TryFromBytes(2, [(byte)other])!])![0]).ToHashSet();
        Assert.That(possible, Has.Count.EqualTo(256));
    }

    /// <summary>The same secret gives evenly spread shares: chi-square over 256 values, 51,200 samples, at a bound that chance passes once in about 10^9.</summary>
    [Test]
    public void Shares_of_one_secret_are_evenly_spread()
    {
        var counts = new int[256];
        var value = new byte[512];
        for (var i = 0; i < 100; i++)
        {
            Shamir.Split(new byte[512], 2, 2)[1].ExportTo(value);
            foreach (var b in value)
            {
                counts[b]++;
            }
        }

        Assert.That(counts.Sum(c => Math.Pow(c - 200, 2) / 200), Is.LessThan(410));
    }

    [Test]
    public void Joins_a_line_worked_out_by_hand()
    {
        // f(x) = 0x53 + 0xca x, and 0x53 * 0xca = 1: f(1) = 0x99, f(0x53) = 0x52.
        Share[] shares = [Share.TryFromBytes(1, [0x99])!, Share.TryFromBytes(0x53, [0x52])!];
        Assert.That(Shamir.Join(shares), Is.EqualTo(new byte[] { 0x53 }));
    }

    [Test]
    public void Refuses_doubtful_shares()
    {
        var shares = Shamir.Split([1, 2, 3], 2, 3);
        Assert.That(Shamir.Join([]), Is.Null);
        Assert.That(Shamir.Join([shares[0], shares[0]]), Is.Null);
        Assert.That(Shamir.Join([shares[0], Share.TryFromBytes(2, [1, 2])!]), Is.Null);
        Assert.That(Share.TryFromBytes(0, [1]), Is.Null);
        Assert.That(Share.TryFromBytes(1, []), Is.Null);
    }

    [TestCase(0, 1)]
    [TestCase(2, 1)]
    [TestCase(1, 256)]
    [TestCase(0, 0)]
    public void Refuses_to_split(int threshold, int count) =>
        Assert.That(() => Shamir.Split([1], threshold, count), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void Splits_255_ways()
    {
        var shares = Shamir.Split([1, 2, 3], 255, 255);
        Assert.That(Shamir.Join(shares), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(Shamir.Join([.. shares.Skip(1)]), Is.Not.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    public void A_share_prints_nothing() => Assert.That(Shamir.Split([1], 1, 1)[0].ToString(), Is.EqualTo("Share(redacted)"));
}
