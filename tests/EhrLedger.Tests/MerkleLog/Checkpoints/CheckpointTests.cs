using System.Text;
using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Notes;
using EhrLedger.MerkleLog.Tree;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.MerkleLog.Checkpoints;

public sealed class CheckpointTests
{
    private static readonly LogOrigin Origin = LogOrigin.Parse(TestKeys.Origin)!;

    [TestCaseSource(typeof(GoldenFiles), nameof(GoldenFiles.Of), new object[] { "checkpoint" })]
    public void Agrees_with_the_golden_file(string file, bool isAccepted)
    {
        byte[] bytes = File.ReadAllBytes(file);
        SignedCheckpoint? read = SignedCheckpoint.Parse(bytes);
        Assert.That(read is not null, Is.EqualTo(isAccepted));
        Assert.That(read?.Encode() ?? bytes, Is.EqualTo(bytes));
        Assert.That(read is null || Checkpoint.Open(read, [TestKeys.Log.Verifier], []) is not null, Is.True);
    }

    [Test]
    public void Is_written_as_the_golden_file_has_it() =>
        Assert.That(SignedCheckpoint.Sign(Body(3), TestKeys.Log).Encode(), Is.EqualTo(GoldenFiles.Read("checkpoint/accepted/plain")));

    [Test]
    public void Reads_back_any_size() => Prop.ForAll((DoNotSize<ulong> any, byte seed) =>
    {
        var body = new CheckpointBody(Origin, any.Item % Frontier.MaxSize, Digest.Of([seed]));
        return body.Equals(CheckpointBody.Parse(body.ToString()));
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Accepts_only_canonical_bytes() => Prop.ForAll((Mutation mutation) =>
    {
        byte[] bytes = mutation.Of(GoldenFiles.Read("checkpoint/accepted/with-extension-lines"));
        return SignedCheckpoint.Parse(bytes) is not { } read || (read.Encode().AsSpan().SequenceEqual(bytes) && read.Body.ToString() == read.Note.Text);
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Is_no_checkpoint_without_the_logs_signature()
    {
        SignedCheckpoint signed = SignedCheckpoint.Sign(Body(3), TestKeys.Log);
        Assert.That(Checkpoint.Open(signed, [TestKeys.LogWith(2).Verifier], []), Is.Null);
        Assert.That(Checkpoint.Open(signed, [], [TestKeys.Log.Verifier]), Is.Null);
    }

    [Test]
    public void Is_no_checkpoint_under_the_key_of_another_log()
    {
        NoteSigner other = TestKeys.LogWith(2, "other.example");
        SignedNote note = SignedNote.Create(Body(3).ToString(), other.Sign(Body(3).ToString()));
        Assert.That(Checkpoint.Open(SignedCheckpoint.Parse(note.Encode())!, [other.Verifier], []), Is.Null);
    }

    [Test]
    public void Is_not_signed_under_another_logs_name() =>
        Assert.Throws<ArgumentException>(() => SignedCheckpoint.Sign(Body(3), TestKeys.LogWith(1, "other.example")));

    [Test]
    public void Keeps_extension_lines_that_signatures_cover()
    {
        SignedCheckpoint read = SignedCheckpoint.Parse(GoldenFiles.Read("checkpoint/accepted/with-extension-lines"))!;
        Assert.That(read.Body.Extensions, Is.EqualTo(new[] { "an extension", "— another" }));
    }

    [Test]
    public void May_be_signed_by_a_log_with_ML_DSA_alone()
    {
        Cosigner log = Cosigner.For(TestKeys.Name(TestKeys.Origin), EhrLedger.Crypto.Signing.MlDsa44PrivateKey.FromSeed(new byte[32]));
        SignedNote note = SignedNote.Create(Body(3).ToString(), log.Cosign(Body(3), DateTimeOffset.UnixEpoch));
        Assert.That(Checkpoint.Open(SignedCheckpoint.Parse(note.Encode())!, [log.Verifier], [])?.Size, Is.EqualTo(3));
    }

    [Test]
    public void Has_no_size_beyond_63_bits([Values(
        "9223372036854775808", "18446744073709551616", "99999999999999999999999999", "-1", "+1", "01", "", " 1", "1 ", "0x1", "١")] string size) =>
        Assert.That(CheckpointBody.Parse($"{Origin}\n{size}\n{Convert.ToBase64String(new byte[32])}\n"), Is.Null);

    [Test]
    public void Is_encoded_in_UTF8() =>
        Assert.That(Encoding.UTF8.GetString(SignedCheckpoint.Sign(Body(3), TestKeys.Log).Encode()), Does.Contain("\n\n— ledger.example/log "));

    private static CheckpointBody Body(ulong size) => new(Origin, size, Digest.Of("root"u8));
}
