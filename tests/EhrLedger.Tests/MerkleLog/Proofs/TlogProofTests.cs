using System.Text;
using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Notes;
using EhrLedger.MerkleLog.Policies;
using EhrLedger.MerkleLog.Proofs;
using EhrLedger.MerkleLog.Tree;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.MerkleLog.Proofs;

public sealed class TlogProofTests
{
    private static readonly SampleLog Log = new(300);
    private static readonly DateTimeOffset Time = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
    private static readonly WitnessPolicy Policy =
        QuorumPolicy.ForMembers(TestKeys.Log.Verifier, [.. Enumerable.Range(1, 3).Select(member => TestKeys.Witness(member).Verifier)]);

    private static readonly Digest Leaf = MerkleHash.Leaf(Log.Entry(70).Span);

    [Test]
    public void Verifies_what_the_log_has_and_a_quorum_saw() =>
        Assert.That(TlogProof.Parse(Of(70, 2).Encode())!.Verify(Leaf, Policy)?.Checkpoint.Size, Is.EqualTo(300));

    [Test]
    public void Does_not_verify_another_entry() => Assert.That(Of(70, 2).Verify(Digest.Of([1]), Policy), Is.Null);

    [Test]
    public void Does_not_verify_below_the_quorum() => Assert.That(Of(70, 1).Verify(Leaf, Policy), Is.Null);

    [Test]
    public void Does_not_verify_at_another_index()
    {
        string proof = Encoding.UTF8.GetString(Of(70, 2).Encode()).Replace("index 70\n", "index 71\n", StringComparison.Ordinal);
        Assert.That(Parse(proof)!.Verify(Leaf, Policy), Is.Null);
    }

    [Test]
    public void Is_written_as_the_golden_file_has_it() =>
        Assert.That(Encoding.UTF8.GetString(Of(70, 2, "extra"u8).Encode()), Is.EqualTo(Encoding.UTF8.GetString(GoldenFiles.Read("proof.tlog-proof"))));

    [Test]
    public void Accepts_only_canonical_bytes() => Prop.ForAll((Mutation mutation, Mutation again) =>
    {
        byte[] bytes = again.Of(mutation.Of(Of(70, 1, "extra"u8).Encode()));
        return TlogProof.Parse(bytes) is not { } read || read.Encode().AsSpan().SequenceEqual(bytes);
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Survives_any_bytes() => Prop.ForAll((byte[] bytes) =>
        TlogProof.Parse(bytes) is not { } read || read.Encode().AsSpan().SequenceEqual(bytes)).QuickCheckThrowOnFailure();

    [Test]
    public void Refuses_another_form([Values(
        "c2sp.org/tlog-proof@v2\nindex 0\n", "c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v1\nindex 00\n", "c2sp.org/tlog-proof@v1\nindex -1\n",
        "c2sp.org/tlog-proof@v1\nindex 9223372036854775808\n", "c2sp.org/tlog-proof@v1\nextra \nindex 0\n", "c2sp.org/tlog-proof@v1\nextra AB==\nindex 0\n",
        "c2sp.org/tlog-proof@v1\nextra AA==\nextra AA==\nindex 0\n", "c2sp.org/tlog-proof@v1\nindex 0\nextra AA==\n", "c2sp.org/tlog-proof@v1\r\nindex 0\r\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nindex 0\n", "c2sp.org/tlog-proof@v1\nindex 0\nAA==\n", "")] string head) =>
        Assert.That(Parse(head + "\n" + Encoding.UTF8.GetString(Log.Served!)), Is.Null);

    [TestCase(63, true)]
    [TestCase(64, false)]
    [TestCase(5000, false)]
    public void Takes_at_most_63_lines_of_path(int lines, bool isAccepted)
    {
        string path = string.Concat(Enumerable.Repeat(Convert.ToBase64String(new byte[32]) + "\n", lines));
        TlogProof? proof = Parse($"c2sp.org/tlog-proof@v1\nindex 0\n{path}\n{Encoding.UTF8.GetString(Log.Served!)}");
        Assert.That(proof is not null, Is.EqualTo(isAccepted));
        Assert.That(proof?.Verify(Leaf, Policy), Is.Null);
    }

    [Test]
    public async Task Is_not_made_of_a_path_in_another_tree()
    {
        InclusionProof smaller = await Log.Tree.ProveInclusionAsync(70, 200, default);
        Assert.Throws<ArgumentException>(() => _ = new TlogProof(smaller, Log.Signed(300)));
    }

    private static TlogProof Of(ulong index, int cosigners, ReadOnlySpan<byte> extra = default)
    {
        NoteSignature[] cosignatures = [.. Enumerable.Range(1, cosigners).Select(member => TestKeys.Witness(member).Cosign(Log.Signed(300).Body, Time))];
        InclusionProof inclusion = Log.Tree.ProveInclusionAsync(index, 300, default).AsTask().GetAwaiter().GetResult();
        return new TlogProof(inclusion, Log.Signed(300).With(cosignatures), extra);
    }

    private static TlogProof? Parse(string proof) => TlogProof.Parse(Encoding.UTF8.GetBytes(proof));
}
