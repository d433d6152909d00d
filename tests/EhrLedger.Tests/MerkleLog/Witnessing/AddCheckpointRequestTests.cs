using System.Text;
using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Witnessing;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.MerkleLog.Witnessing;

public sealed class AddCheckpointRequestTests
{
    private static readonly string Checkpoint = Encoding.UTF8.GetString(new SampleLog(5).Served!);
    private static readonly string Hash = Convert.ToBase64String(Digest.Of([1]).ToArray()) + "\n";
    private static readonly byte[] Good = Encoding.UTF8.GetBytes($"old 3\n{Hash}{Hash}\n{Checkpoint}");

    [Test]
    public void Reads_back_its_bytes() => Assert.That(AddCheckpointRequest.Parse(Good)!.Encode(), Is.EqualTo(Good));

    [Test]
    public void Accepts_only_canonical_bytes() => Prop.ForAll((Mutation mutation, Mutation again) =>
    {
        byte[] bytes = again.Of(mutation.Of(Good));
        return AddCheckpointRequest.Parse(bytes) is not { } read || read.Encode().AsSpan().SequenceEqual(bytes);
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Survives_any_bytes() => Prop.ForAll((byte[] bytes) =>
        AddCheckpointRequest.Parse(bytes) is not { } read || read.Encode().AsSpan().SequenceEqual(bytes)).QuickCheckThrowOnFailure();

    [TestCase(0, true)]
    [TestCase(63, true)]
    [TestCase(64, false)]
    [TestCase(10_000, false)]
    public void Takes_at_most_63_proof_lines(int lines, bool isAccepted) =>
        Assert.That(Parse($"old 3\n{string.Concat(Enumerable.Repeat(Hash, lines))}\n{Checkpoint}") is not null, Is.EqualTo(isAccepted));

    [Test]
    public void Refuses_endless_proof_lines()
    {
        byte[] endless = Encoding.UTF8.GetBytes("old 3\n" + string.Concat(Enumerable.Repeat(Hash, 1_000_000)));
        Assert.That(AddCheckpointRequest.Parse(endless), Is.Null);
        Assert.That(AddCheckpointRequest.Parse(endless.AsSpan(0, AddCheckpointRequest.MaxBytes)), Is.Null);
    }

    [Test]
    public void Refuses_another_older_size([Values("old 03", "old 00", "old -1", "old +1", "old", "old ", "OLD 3", "old  3", "old 3 ", " old 3", "old 0x3",
        "old 9223372036854775808", "old 18446744073709551617", "old 99999999999999999999999999999999", "old ٣", "3", "")] string line) =>
        Assert.That(Parse($"{line}\n\n{Checkpoint}"), Is.Null);

    [Test]
    public void Refuses_damage()
    {
        string good = $"old 3\n{Hash}\n{Checkpoint}";
        Assert.That(Parse(good), Is.Not.Null);
        Assert.That(Parse(good.Replace("\n", "\r\n", StringComparison.Ordinal)), Is.Null, "carriage returns");
        Assert.That(Parse(good.Replace(Hash, Hash.TrimEnd() + " \n", StringComparison.Ordinal)), Is.Null, "space behind a hash");
        Assert.That(Parse(good.Replace(Hash, Hash[2..], StringComparison.Ordinal)), Is.Null, "a short hash");
        Assert.That(Parse(good.Replace(Hash, Hash + "\n", StringComparison.Ordinal)), Is.Null, "two empty lines");
        Assert.That(Parse(good + "\n"), Is.Null, "an empty line at the end");
        Assert.That(Parse(good + "x"), Is.Null, "more at the end");
        Assert.That(Parse($"old 3\n{Hash}\n"), Is.Null, "no checkpoint");
        Assert.That(Parse($"old 3\n{Hash}\0\n{Checkpoint}"), Is.Null, "a control byte");
    }

    private static AddCheckpointRequest? Parse(string body) => AddCheckpointRequest.Parse(Encoding.UTF8.GetBytes(body));
}
