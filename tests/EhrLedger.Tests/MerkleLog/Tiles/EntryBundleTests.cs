using EhrLedger.MerkleLog.Tiles;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.MerkleLog.Tiles;

public sealed class EntryBundleTests
{
    [Test]
    public void Has_the_bytes_of_the_standard() =>
        Assert.That(EntryBundle.Encode([new byte[] { 7, 8 }, Array.Empty<byte>()]), Is.EqualTo(new byte[] { 0, 2, 7, 8, 0, 0 }));

    [Test]
    public void Reads_back_any_entries() => Prop.ForAll((NonEmptyArray<byte[]> any) =>
    {
        ReadOnlyMemory<byte>[] entries = [.. any.Get.Take(256).Select(entry => new ReadOnlyMemory<byte>(entry ?? []))];
        return EntryBundle.Parse(EntryBundle.Encode(entries), entries.Length) is { } read
            && read.Zip(entries).All(pair => pair.First.Span.SequenceEqual(pair.Second.Span));
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Accepts_only_canonical_bytes() => Prop.ForAll((byte[] bytes, byte width) =>
        EntryBundle.Parse(bytes, width % 4) is not { } read || EntryBundle.Encode(read).AsSpan().SequenceEqual(bytes)).QuickCheckThrowOnFailure();

    [TestCase(new byte[] { 0, 1, 5 }, 2, TestName = "fewer entries than asked for")]
    [TestCase(new byte[] { 0, 1, 5, 0, 0 }, 1, TestName = "more entries than asked for")]
    [TestCase(new byte[] { 0, 2, 5 }, 1, TestName = "an entry cut short")]
    [TestCase(new byte[] { 0, 1, 5, 0 }, 2, TestName = "a length cut short")]
    [TestCase(new byte[] { }, 0, TestName = "nothing")]
    [TestCase(new byte[] { }, -1, TestName = "a negative width")]
    public void Refuses(byte[] bytes, int width) => Assert.That(EntryBundle.Parse(bytes, width), Is.Null);

    [Test]
    public void Takes_the_longest_entry_and_none_longer()
    {
        Assert.That(EntryBundle.Parse(EntryBundle.Encode([new byte[65_535]]), 1)!.Value[0].Length, Is.EqualTo(65_535));
        Assert.Throws<ArgumentException>(() => EntryBundle.Encode([new byte[65_536]]));
        Assert.Throws<ArgumentException>(() => EntryBundle.Encode([]));
    }
}
