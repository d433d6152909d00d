using System.Text;
using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Notes;
using NUnit.Framework;

namespace EhrLedger.Tests.MerkleLog.Checkpoints;

public sealed class CosignerTests
{
    private static readonly CheckpointBody Body = new(LogOrigin.Parse(TestKeys.Origin)!, 3, Digest.Of("root"u8));
    private static readonly DateTimeOffset Time = DateTimeOffset.FromUnixTimeSeconds(1_679_315_147);

    [Test]
    public void Agrees_with_the_published_cosignature()
    {
        string json = Encoding.UTF8.GetString(PublishedData.Read("vectors/witness/witness.v0.json"));
        string key = System.Text.Json.JsonDocument.Parse(json).RootElement.GetProperty("verifier_keys")[0].GetString()!;
        SignedCheckpoint checkpoint = SignedCheckpoint.Parse(PublishedData.Read("vectors/witness/checkpoint"))!;
        Assert.That(checkpoint.Body.Size, Is.EqualTo(300));
        Assert.That(VerifiedBy(checkpoint.Note, key)?.SignedAt, Is.EqualTo(DateTimeOffset.FromUnixTimeSeconds(0x69546780)));
    }

    [TestCase(false, "ed25519")]
    [TestCase(true, "ml-dsa-44")]
    public void Writes_the_golden_cosignature(bool isQuantumSafe, string file)
    {
        SignedCheckpoint cosigned = SignedCheckpoint.Sign(Body, TestKeys.Log).With(Of(isQuantumSafe).Cosign(Body, Time));
        Assert.That(cosigned.Encode(), Is.EqualTo(GoldenFiles.Read($"cosignature/accepted/{file}")));
    }

    [TestCaseSource(typeof(GoldenFiles), nameof(GoldenFiles.Of), new object[] { "cosignature" })]
    public void Agrees_with_the_golden_file(string file, bool isAccepted)
    {
        SignedCheckpoint checkpoint = SignedCheckpoint.Parse(File.ReadAllBytes(file))!;
        var witnesses = new[] { Of(false).Verifier, Of(true).Verifier };
        Assert.That(Checkpoint.Open(checkpoint, [TestKeys.Log.Verifier], witnesses)?.Cosignatures.Length, isAccepted ? Is.EqualTo(1) : Is.Null);
    }

    [Test]
    public void Says_when_it_signed_in_whole_seconds([Values] bool isQuantumSafe)
    {
        SignedNote note = SignedNote.Create(Body.ToString(), Of(isQuantumSafe).Cosign(Body, Time.AddMilliseconds(999)));
        Assert.That(note.Open(Of(isQuantumSafe).Verifier)[0].SignedAt, Is.EqualTo(Time));
    }

    [Test]
    public void Signs_neither_another_time_nor_another_tree([Values] bool isQuantumSafe)
    {
        NoteSignature good = Of(isQuantumSafe).Cosign(Body, Time);
        var larger = new CheckpointBody(Body.Origin, 4, Body.Root);
        Assert.That(SignedNote.Create(larger.ToString(), good).Open(Of(isQuantumSafe).Verifier), Is.Empty);
        byte[] line = Convert.FromBase64String(good.ToString().Split(' ')[2]);
        line[11] ^= 1;
        NoteSignature later = NoteSignature.Parse($"— {good.Name} {Convert.ToBase64String(line)}")!;
        Assert.That(SignedNote.Create(Body.ToString(), later).Open(Of(isQuantumSafe).Verifier), Is.Empty);
    }

    [Test]
    public void Counts_once_with_the_latest_time_if_it_signed_twice([Values] bool isLaterFirst)
    {
        NoteSignature[] both = [Of(false).Cosign(Body, Time), Of(false).Cosign(Body, Time.AddHours(1))];
        SignedNote note = SignedNote.Create(Body.ToString(), isLaterFirst ? both.Reverse() : both);
        Assert.That(note.Open(Of(false).Verifier).Single().SignedAt, Is.EqualTo(Time.AddHours(1)));
    }

    [Test]
    public void Signs_the_extension_lines_with_Ed25519_only([Values] bool isQuantumSafe)
    {
        string extended = Body + "an extension\n";
        SignedNote note = SignedNote.Create(extended, Of(isQuantumSafe).Cosign(CheckpointBody.Parse(extended)!, Time));
        SignedNote stripped = SignedNote.Create(Body.ToString(), note.Signatures);
        Assert.That(note.Open(Of(isQuantumSafe).Verifier), Has.Length.EqualTo(1));
        Assert.That(stripped.Open(Of(isQuantumSafe).Verifier), Has.Length.EqualTo(isQuantumSafe ? 1 : 0));
    }

    [Test]
    public void Does_not_sign_a_time_before_1970() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Of(false).Cosign(Body, DateTimeOffset.UnixEpoch.AddSeconds(-1)));

    private static Cosigner Of(bool isQuantumSafe) => isQuantumSafe ? TestKeys.QuantumSafeWitness(1) : TestKeys.Witness(1);

    private static VerifiedSignature? VerifiedBy(SignedNote note, string key) => note.Open(NoteVerifier.Parse(key)!).SingleOrDefault();
}
