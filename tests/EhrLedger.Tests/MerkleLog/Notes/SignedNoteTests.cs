using System.Text;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Notes;
using EhrLedger.MerkleLog.Policies;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.MerkleLog.Notes;

public sealed class SignedNoteTests
{
    private static readonly NoteSigner Log = TestKeys.Log;
    private const string Text = "a text\n\nwith an empty line\n";

    // From the documentation of golang.org/x/mod/sumdb/note: written and signed by other code than ours.
    private const string PeterNeumann = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    private const string PeterNeumannNote =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
        + "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    [Test]
    public void Opens_a_note_that_another_implementation_signed()
    {
        SignedNote note = SignedNote.Parse(Encoding.UTF8.GetBytes(PeterNeumannNote))!;
        Assert.That(note.Open(NoteVerifier.Parse(PeterNeumann)!), Has.Length.EqualTo(1));
    }

    [TestCaseSource(typeof(GoldenFiles), nameof(GoldenFiles.Of), new object[] { "note" })]
    public void Agrees_with_the_golden_file(string file, bool isAccepted)
    {
        byte[] bytes = File.ReadAllBytes(file);
        SignedNote? note = SignedNote.Parse(bytes);
        Assert.That(note is not null, Is.EqualTo(isAccepted));
        Assert.That(note?.Encode() ?? bytes, Is.EqualTo(bytes));
    }

    [Test]
    public void Accepts_only_canonical_bytes() => Prop.ForAll((Mutation mutation, Mutation again) =>
    {
        byte[] bytes = again.Of(mutation.Of(Signed(Text).With(TestKeys.Witness(1).Cosign(Body(), DateTimeOffset.UnixEpoch)).Encode()));
        return SignedNote.Parse(bytes) is not { } note || note.Encode().AsSpan().SequenceEqual(bytes);
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Survives_any_bytes() => Prop.ForAll((byte[] bytes) =>
        SignedNote.Parse(bytes) is not { } note || note.Encode().AsSpan().SequenceEqual(bytes)).QuickCheckThrowOnFailure();

    [Test]
    public void Reads_back_any_text() => Prop.ForAll((NonNull<string> any) =>
    {
        string text = new string([.. any.Get.Where(c => c >= ' ' && !char.IsSurrogate(c))]) + "\n";
        return SignedNote.Parse(Signed(text).Encode()) is { } note && note.Text == text && note.Open(Log.Verifier).Length == 1;
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Ignores_signatures_of_unknown_keys()
    {
        SignedNote note = Signed(Text).With(TestKeys.LogWith(2, "other.example").Sign(Text), TestKeys.LogWith(3).Sign("something else\n"));
        Assert.That(note.Open(Log.Verifier).Select(signature => signature.Key), Is.EqualTo(new[] { Log.Verifier }));
    }

    [Test]
    public void Is_rejected_whole_for_one_wrong_signature_of_a_known_key()
    {
        NoteSigner other = TestKeys.LogWith(2, "other.example");
        SignedNote note = Signed(Text).With(other.Sign("something else\n"));
        Assert.That(note.Open(Log.Verifier), Has.Length.EqualTo(1));
        Assert.That(note.Open(Log.Verifier, other.Verifier), Is.Empty);
    }

    [Test]
    public void Is_rejected_for_a_wrong_signature_behind_a_good_one_of_the_same_key() =>
        Assert.That(Signed(Text).With(Log.Sign("something else\n")).Open(Log.Verifier), Is.Empty);

    [Test]
    public void Has_nothing_verified_if_nobody_known_signed() =>
        Assert.That(Signed(Text).Open(TestKeys.LogWith(2).Verifier), Is.Empty);

    [Test]
    public void Has_room_for_two_signatures_of_each_member_of_the_largest_consortium()
    {
        SignedNote note = Signed(Body().ToString());
        for (int member = 1; member <= QuorumPolicy.MaxMembers; member++)
        {
            note = note.With(
                TestKeys.Witness(member).Cosign(Body(), DateTimeOffset.UnixEpoch),
                TestKeys.QuantumSafeWitness(member).Cosign(Body(), DateTimeOffset.UnixEpoch));
        }

        Assert.That(SignedNote.Parse(note.Encode())!.Signatures, Has.Length.EqualTo(127));
    }

    [Test]
    public void Refuses_more_signatures_than_its_limit([Values(128, 129)] int count)
    {
        IEnumerable<string> lines = Enumerable.Range(0, count).Select(i => TestKeys.LogWith(1, $"log{i}.example").Sign(Text) + "\n");
        byte[] bytes = Encoding.UTF8.GetBytes(Text + "\n" + string.Concat(lines));
        Assert.That(SignedNote.Parse(bytes) is not null, Is.EqualTo(count == 128));
    }

    [Test]
    public void Refuses_a_note_beyond_its_longest() =>
        Assert.That(SignedNote.Parse(Signed(new string('a', SignedNote.MaxBytes) + "\n").Encode()), Is.Null);

    [Test]
    public void Keeps_one_of_two_equal_lines_when_it_is_added_to() =>
        Assert.That(Signed(Text).With(Log.Sign(Text)).Signatures, Has.Length.EqualTo(1));

    [Test]
    public void Takes_a_verified_signature_under_no_other_text()
    {
        VerifiedSignature verified = Signed(Text).Open(Log.Verifier)[0];
        Assert.That(Signed(Text).With(verified).Open(Log.Verifier), Is.EqualTo(new[] { verified }));
        Assert.Throws<ArgumentException>(() => Signed("another text\n").With(verified));
    }

    [Test]
    public void Still_checks_what_stands_beside_a_verified_signature()
    {
        VerifiedSignature verified = Signed(Text).Open(Log.Verifier)[0];
        SignedNote note = SignedNote.Create(Text, Log.Sign("another text\n")).With(verified);
        Assert.That(note.Open(Log.Verifier), Is.Empty);
    }

    [Test]
    public void Is_not_made_of_text_that_could_not_be_read([Values("", "no newline", "a\r\n", "a\tb\n", "\0\n")] string text) =>
        Assert.Throws<ArgumentException>(() => SignedNote.Create(text, Log.Sign(Text)));

    private static SignedNote Signed(string text) => SignedNote.Create(text, Log.Sign(text));

    private static CheckpointBody Body() => new(LogOrigin.Parse(TestKeys.Origin)!, 3, EhrLedger.Crypto.Digest.Of([1]));
}
