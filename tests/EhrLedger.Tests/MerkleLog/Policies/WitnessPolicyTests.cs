using System.Text;
using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Notes;
using EhrLedger.MerkleLog.Policies;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.MerkleLog.Policies;

public sealed class WitnessPolicyTests
{
    private static readonly string Log = TestKeys.Log.Verifier.ToString();
    private static readonly CheckpointBody Body = new(LogOrigin.Parse(TestKeys.Origin)!, 3, Digest.Of("root"u8));
    private static readonly DateTimeOffset Time = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    /// <summary>The shape of the standard's own example, with its comment and white space.</summary>
    private static readonly string Nested =
        $"# two groups\n\nlog {Log} https://ledger.example/log\n"
        + $"witness X1 {Key(1)}\n\twitness  X2\t{Key(2)} \nwitness X3 {Key(3)}\ngroup X-witnesses 2 X1 X2 X3\n"
        + $"witness Y1 {Key(4)}\nwitness Y2 {Key(5)} https://y2.example/\ngroup Y-witnesses any Y1 Y2\n"
        + "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n";

    [TestCase(new int[] { }, false)]
    [TestCase(new[] { 1, 2 }, false)]
    [TestCase(new[] { 4, 5 }, false)]
    [TestCase(new[] { 1, 4, 5 }, false)]
    [TestCase(new[] { 1, 3, 5 }, true)]
    [TestCase(new[] { 1, 2, 3, 4, 5 }, true)]
    public void Counts_nested_groups(int[] cosigners, bool isEnough) =>
        Assert.That(Parse(Nested)!.IsSatisfiedBy(cosigners.Select(member => TestKeys.Witness(member).Verifier)), Is.EqualTo(isEnough));

    [Test]
    public void Keeps_the_bytes_that_it_was_read_from() =>
        Assert.That(Parse(Nested)!.Encode(), Is.EqualTo(Encoding.UTF8.GetBytes(Nested)));

    [Test]
    public void Takes_any_damage_for_another_policy_or_none() => Prop.ForAll((Mutation mutation) =>
    {
        byte[] bytes = mutation.Of(Encoding.UTF8.GetBytes(Nested));
        return WitnessPolicy.Parse(bytes) is not { } read || read.Encode().AsSpan().SequenceEqual(bytes);
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Counts_no_key_twice_and_no_stranger()
    {
        WitnessPolicy policy = QuorumPolicy.ForMembers(TestKeys.Log.Verifier, Members(4));
        NoteVerifier one = TestKeys.Witness(1).Verifier;
        Assert.That(policy.IsSatisfiedBy([one, one, one]), Is.False);
        Assert.That(policy.IsSatisfiedBy([.. Members(2), TestKeys.Witness(9).Verifier, TestKeys.Log.Verifier]), Is.False);
    }

    [Test]
    public void Does_not_count_ML_DSA_where_it_names_Ed25519_keys()
    {
        WitnessPolicy policy = QuorumPolicy.ForMembers(TestKeys.Log.Verifier, Members(1));
        SignedCheckpoint quantumSafe = SignedCheckpoint.Sign(Body, TestKeys.Log).With(TestKeys.QuantumSafeWitness(1).Cosign(Body, Time));
        Assert.That(policy.Open(quantumSafe), Is.Null);
        Assert.That(policy.Open(quantumSafe.With(TestKeys.Witness(1).Cosign(Body, Time)))?.CosignedAt, Is.EqualTo(Time));
    }

    [Test]
    public void Is_as_fresh_as_the_slowest_member_that_the_quorum_needs()
    {
        WitnessPolicy policy = QuorumPolicy.ForMembers(TestKeys.Log.Verifier, Members(4));
        SignedCheckpoint cosigned = SignedCheckpoint.Sign(Body, TestKeys.Log).With(
            TestKeys.Witness(1).Cosign(Body, Time.AddYears(100)),
            TestKeys.Witness(2).Cosign(Body, Time.AddMinutes(3)),
            TestKeys.Witness(3).Cosign(Body, Time.AddMinutes(2)),
            TestKeys.Witness(4).Cosign(Body, Time.AddMinutes(1)));
        Assert.That(policy.Open(cosigned)?.CosignedAt, Is.EqualTo(Time.AddMinutes(2)));
    }

    [Test]
    public void Opens_nothing_below_the_quorum()
    {
        WitnessPolicy policy = QuorumPolicy.ForMembers(TestKeys.Log.Verifier, Members(4));
        SignedCheckpoint two = SignedCheckpoint.Sign(Body, TestKeys.Log).With(TestKeys.Witness(1).Cosign(Body, Time), TestKeys.Witness(2).Cosign(Body, Time));
        Assert.That(policy.Open(two), Is.Null);
        Assert.That(policy.OpenLogged(two)!.Cosignatures, Has.Length.EqualTo(2));
        Assert.That(policy.Open(two.With(TestKeys.Witness(3).Cosign(Body, Time))), Is.Not.Null);
    }

    [Test]
    public void Opens_nothing_that_only_witnesses_signed()
    {
        NoteSignature[] all = [.. Enumerable.Range(1, 4).Select(member => TestKeys.Witness(member).Cosign(Body, Time))];
        SignedCheckpoint unsigned = SignedCheckpoint.Parse(SignedNote.Create(Body.ToString(), all).Encode())!;
        Assert.That(QuorumPolicy.ForMembers(TestKeys.Log.Verifier, Members(4)).Open(unsigned), Is.Null);
    }

    [Test]
    public void Of_the_log_alone_asks_for_no_witness() =>
        Assert.That(WitnessPolicy.ForLogAlone(TestKeys.Log.Verifier).Open(SignedCheckpoint.Sign(Body, TestKeys.Log)), Is.Not.Null);

    [Test]
    public void Treats_names_as_octets() =>
        Assert.That(
            WitnessPolicy.Parse([.. "witness "u8, 0xFF, 0xFE, .. Encoding.UTF8.GetBytes($" {Key(1)}\nquorum "), 0xFF, 0xFE, (byte)'\n'])!.Witnesses,
            Has.Length.EqualTo(1));

    [TestCaseSource(nameof(Broken))]
    public void Refuses(string text) => Assert.That(Parse(text), Is.Null);

    private static IEnumerable<TestCaseData> Broken()
    {
        string w1 = $"witness a {Key(1)}\n";
        string w2 = $"witness b {Key(2)}\n";
        return
        [
            Case("nothing", ""),
            Case("no quorum", w1),
            Case("two quorums", w1 + "quorum a\nquorum a\n"),
            Case("a quorum before its witness", "quorum a\n" + w1),
            Case("a quorum that nobody defined", "quorum a\n"),
            Case("no final newline", w1 + "quorum a"),
            Case("carriage returns", (w1 + "quorum a\n").Replace("\n", "\r\n", StringComparison.Ordinal)),
            Case("a control byte in a comment", "# \u0001\nquorum none\n"),
            Case("a delete character", "# \u007f\nquorum none\n"),
            Case("an unknown keyword", "witnesses 3\nquorum none\n"),
            Case("a keyword in capitals", "QUORUM none\n"),
            Case("too much on a line", "quorum none none\n"),
            Case("the same log twice", $"log {Log}\nlog {Log}\nquorum none\n"),
            Case("the same log key under two names", $"log {Log}\nlog {TestKeys.LogWith(1, "other.example").Verifier}\nquorum none\n"),
            Case("the same witness key twice", w1 + $"witness b {Key(1)}\nquorum a\n"),
            Case("the same name twice", w1 + $"witness a {Key(2)}\nquorum a\n"),
            Case("a witness named none", $"witness none {Key(1)}\nquorum none\n"),
            Case("a group named like a witness", w1 + w2 + "group a any b\nquorum a\n"),
            Case("a member that nobody defined", w1 + "group g any a c\nquorum g\n"),
            Case("a group in itself", w1 + "group g any a g\nquorum g\n"),
            Case("none as a member", w1 + "group g any a none\nquorum g\n"),
            Case("a member twice", w1 + w2 + "group g 2 a a b\nquorum g\n"),
            Case("a member of two groups", w1 + w2 + "group g any a\ngroup h any a b\nquorum h\n"),
            Case("a group without members", "group g all\nquorum g\n"),
            Case("a threshold of nought", w1 + "group g 0 a\nquorum g\n"),
            Case("a threshold above the members", w1 + "group g 2 a\nquorum g\n"),
            Case("a threshold with a leading zero", w1 + "group g 01 a\nquorum g\n"),
            Case("a huge threshold", w1 + "group g 99999999999999999999999 a\nquorum g\n"),
            Case("a log's key for a witness", $"witness a {Log}\nquorum a\n"),
            Case("a witness's key for a log", $"log {Key(1)}\nquorum none\n"),
            Case("a key with another name's id", w1.Replace(".example", ".exampl", StringComparison.Ordinal) + "quorum a\n"),
        ];

        static TestCaseData Case(string name, string text) => new TestCaseData(text).SetArgDisplayNames(name);
    }

    private static string Key(int member) => TestKeys.Witness(member).Verifier.ToString();

    private static NoteVerifier[] Members(int count) => [.. Enumerable.Range(1, count).Select(member => TestKeys.Witness(member).Verifier)];

    private static WitnessPolicy? Parse(string text) => WitnessPolicy.Parse(Encoding.UTF8.GetBytes(text));
}
