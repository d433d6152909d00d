using System.Text;
using EhrLedger.MerkleLog.Tiles;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.MerkleLog.Tiles;

public sealed class TilePathTests
{
    [TestCase("/checkpoint")]
    [TestCase("/tile/0/000")]
    [TestCase("/tile/0/x001/x234/067")]
    [TestCase("/tile/1/000.p/17")]
    [TestCase("/tile/63/999.p/255")]
    [TestCase("/tile/entries/273.p/112")]
    [TestCase("/tile/entries/x001/000")]
    [TestCase("/tile/0/x036/x028/x797/x018/x963/967")]
    public void Reads_back(string path) => Assert.That(TilePath.Parse(path)?.ToString(), Is.EqualTo(path));

    [Test]
    public void Names_the_example_of_the_standard() =>
        Assert.That(new TilePath.Hashes(0, 1_234_067, 256).ToString(), Is.EqualTo("/tile/0/x001/x234/067"));

    [Test]
    public void Reads_back_any_tile() => Prop.ForAll((DoNotSize<ulong> any, byte level, byte width) =>
    {
        ulong index = any.Item % (TilePath.MaxIndex + 1);
        TilePath hashes = new TilePath.Hashes(level % 64, index, width + 1);
        TilePath entries = new TilePath.Entries(index, width + 1);
        return TilePath.Parse(hashes.ToString()) == hashes && TilePath.Parse(entries.ToString()) == entries;
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Accepts_only_its_own_spelling() => Prop.ForAll((DoNotSize<ulong> any, byte width, Mutation mutation) =>
    {
        string good = new TilePath.Hashes(width % 64, any.Item % TilePath.MaxIndex, width + 1).ToString();
        string path = Encoding.Latin1.GetString(mutation.Of(Encoding.Latin1.GetBytes(good)));
        return TilePath.Parse(path) is not { } read || read.ToString() == path;
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Refuses([Values(
        "", "/", "checkpoint", "/checkpoint/", "/checkpoint?", "/tile", "/tile/", "/tile/0", "/tile/0/", "/tile/00/000", "/tile/64/000", "/tile/-1/000",
        "/tile/0/0", "/tile/0/00", "/tile/0/0000", "/tile/0/x000/000", "/tile/0/001/000", "/tile/0/x001000", "/tile/0/x001/x000", "/tile/0/000/",
        "/tile/0/000.p/0", "/tile/0/000.p/256", "/tile/0/000.p/01", "/tile/0/000.p/", "/tile/0/000.p", "/tile/0/000.p/1/",
        "/tile/0/000.p/1.p/1", "/tile/0/00x0",
        "/tile/entries/", "/tile/entries/0", "/tile/entries/000.p/-1", "/tile/0/../0/000", "/tile/0/%30%30%30", "/tile/0/x036/x028/x797/x018/x963/968",
        "/tile/0/x999/x999/x999/x999/x999/x999/x999/999", "/tile/٠/000", "/tile/data/000", "/tile/18446744073709551616/000")] string path) =>
        Assert.That(TilePath.Parse(path), Is.Null);
}
