using System.Collections.Immutable;
using System.Text;
using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Notes;
using EhrLedger.MerkleLog.Witnessing;
using NUnit.Framework;

namespace EhrLedger.Tests.MerkleLog.Witnessing;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class WitnessTests
{
    private readonly SampleLog _log = new(300);
    private readonly WitnessStoreInMemory _store = new();
    private readonly StoppedClock _clock = new(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));

    [Test]
    public async Task Cosigns_a_first_checkpoint_and_one_that_continues_it()
    {
        Assert.That(await AskAsync(0, 100), Is.InstanceOf<AddCheckpointOutcome.Cosigned>());
        AddCheckpointOutcome second = await AskAsync(100, 300);
        Assert.That(second.StatusCode, Is.EqualTo(200));
        VerifiedSignature cosignature = _log.Signed(300).OpenCosignatures(second.Body, TestKeys.Witness(1).Verifier).Single();
        Assert.That(cosignature.SignedAt, Is.EqualTo(_clock.GetUtcNow()));
        SignedCheckpoint joined = _log.Signed(300).With(cosignature.Signature);
        Assert.That(joined.Encode(), Is.EqualTo((byte[])[.. _log.Signed(300).Encode(), .. second.Body]));
    }

    [Test]
    public async Task Gives_answers_that_a_log_takes_from_nobody_else()
    {
        byte[] answer = (await AskAsync(0, 100)).Body;
        NoteVerifier witness = TestKeys.Witness(1).Verifier;
        Assert.That(_log.Signed(101).OpenCosignatures(answer, witness), Is.Empty, "for another checkpoint");
        Assert.That(_log.Signed(100).OpenCosignatures(answer, TestKeys.Witness(2).Verifier), Is.Empty, "of another witness");
        foreach (string damage in (string[])["", "\n", "x", "\n\n"])
        {
            Assert.That(_log.Signed(100).OpenCosignatures([.. Encoding.UTF8.GetBytes(damage + "\n"), .. answer], witness), Is.Empty);
            Assert.That(_log.Signed(100).OpenCosignatures([.. answer, .. Encoding.UTF8.GetBytes(damage + "\n")], witness), Is.Empty);
        }

        Assert.That(_log.Signed(100).OpenCosignatures(new byte[SignedNote.MaxBytes + 1], witness), Is.Empty);
    }

    [Test]
    public async Task Cosigns_the_same_checkpoint_again_with_a_new_time()
    {
        await AskAsync(0, 100);
        _clock.Advance(TimeSpan.FromSeconds(10));
        var again = (AddCheckpointOutcome.Cosigned)await AskAsync(100, 100);
        SignedNote note = _log.Signed(100).Note.With(again.Signatures);
        Assert.That(note.Open(TestKeys.Witness(1).Verifier).Single().SignedAt, Is.EqualTo(_clock.GetUtcNow()));
    }

    [Test]
    public async Task Answers_404_for_a_log_that_it_does_not_know()
    {
        var body = new CheckpointBody(LogOrigin.Parse("other.example")!, 1, Digest.Of([1]));
        SignedCheckpoint foreign = SignedCheckpoint.Sign(body, TestKeys.LogWith(1, "other.example"));
        Assert.That(await SendAsync(new AddCheckpointRequest(0, [], foreign)), Is.InstanceOf<AddCheckpointOutcome.UnknownLog>());
    }

    [Test]
    public async Task Answers_403_if_the_log_did_not_sign()
    {
        SignedCheckpoint forged = SignedCheckpoint.Sign(_log.Signed(100).Body, TestKeys.LogWith(2));
        AddCheckpointOutcome outcome = await SendAsync(new AddCheckpointRequest(0, [], forged));
        Assert.That(outcome, Is.InstanceOf<AddCheckpointOutcome.NotSignedByLog>());
        Assert.That(outcome.StatusCode, Is.EqualTo(403));
    }

    [Test]
    public async Task Answers_400_if_the_older_size_is_the_larger() => Assert.That((await AskAsync(200, 100)).StatusCode, Is.EqualTo(400));

    [Test]
    public async Task Answers_409_with_its_size_if_the_older_size_is_another()
    {
        await AskAsync(0, 100);
        AddCheckpointOutcome outcome = await AskAsync(0, 200);
        Assert.That((outcome.StatusCode, outcome.ContentType, Encoding.ASCII.GetString(outcome.Body)), Is.EqualTo((409, "text/x.tlog.size", "100\n")));
        Assert.That(AddCheckpointOutcome.Conflict.Parse(outcome.Body), Is.EqualTo(outcome));
    }

    [Test]
    public void Has_no_other_spelling_of_a_conflict([Values(
        "", "\n", "100", "0100\n", "100\n\n", "100\r\n", "-1\n", " 1\n", "99999999999999999999\n")] string body) =>
        Assert.That(AddCheckpointOutcome.Conflict.Parse(Encoding.UTF8.GetBytes(body)), Is.Null);

    [Test]
    public async Task Keeps_the_size_of_its_newest_tree_after_a_conflict()
    {
        await AskAsync(0, 100);
        await AskAsync(0, 200);
        Assert.That((await _store.FindLatestAsync(SampleLog.Origin, default))?.Size, Is.EqualTo(100));
    }

    [Test]
    public async Task Answers_422_for_a_proof_that_does_not_hold()
    {
        await AskAsync(0, 100);
        ImmutableArray<Digest> proof = (await _log.Tree.ProveConsistencyAsync(100, 200, default)).Path;
        ImmutableArray<Digest>[] wrong = [[], proof.RemoveAt(0), proof.Add(proof[0]), proof.SetItem(0, Digest.Of([1]))];
        foreach (ImmutableArray<Digest> path in wrong)
        {
            Assert.That((await SendAsync(new AddCheckpointRequest(100, path, _log.Signed(200)))).StatusCode, Is.EqualTo(422));
        }
    }

    [Test]
    public async Task Answers_422_for_a_fork()
    {
        await AskAsync(0, 100);
        var fork = new SampleLog(200, salt: " forked");
        ImmutableArray<Digest> proof = (await fork.Tree.ProveConsistencyAsync(100, 200, default)).Path;
        Assert.That(await SendAsync(new AddCheckpointRequest(100, proof, fork.Signed(200))), Is.InstanceOf<AddCheckpointOutcome.Inconsistent>());
        Assert.That(await SendAsync(new AddCheckpointRequest(100, [], fork.Signed(100))), Is.InstanceOf<AddCheckpointOutcome.Inconsistent>());
    }

    [Test]
    public async Task Answers_422_for_a_proof_from_nothing_and_for_an_empty_tree_with_a_root()
    {
        Assert.That((await SendAsync(new AddCheckpointRequest(0, [Digest.Of([1])], _log.Signed(100)))).StatusCode, Is.EqualTo(422));
        var odd = new CheckpointBody(SampleLog.Origin, 0, Digest.Of([1]));
        Assert.That((await SendAsync(new AddCheckpointRequest(0, [], SignedCheckpoint.Sign(odd, TestKeys.Log)))).StatusCode, Is.EqualTo(422));
    }

    [Test]
    public async Task Answers_409_if_it_lost_a_race_and_cosigns_nothing()
    {
        await AskAsync(0, 100);
        byte[] slower = await RequestAsync(100, 150);
        byte[] faster = await RequestAsync(100, 200);
        _store.BeforeAdvance = () => Assert.That(Witness().AddCheckpointAsync(faster, default).AsTask().GetAwaiter().GetResult().StatusCode, Is.EqualTo(200));
        Assert.That(await Witness().AddCheckpointAsync(slower, default), Is.EqualTo(new AddCheckpointOutcome.Conflict(200)));
        Assert.That((await _store.FindLatestAsync(SampleLog.Origin, default))?.Size, Is.EqualTo(200));
    }

    [Test]
    public async Task Lets_one_of_many_racing_forks_through()
    {
        SampleLog[] forks = [.. Enumerable.Range(0, 8).Select(i => new SampleLog(100, salt: $" {i}"))];
        AddCheckpointOutcome[] outcomes = await Task.WhenAll(forks.Select(fork =>
            Task.Run(async () => await SendAsync(new AddCheckpointRequest(0, [], fork.Signed(100))))));
        Assert.That(outcomes.Count(outcome => outcome.StatusCode == 200), Is.EqualTo(1));
    }

    [Test]
    public async Task Cosigns_nothing_when_the_store_fails_and_goes_on_afterwards([Values] bool isKept)
    {
        _store.Fault = (_store.Advances + 1, isKept);
        await Assert.ThrowsAsync<IOException>(async () => await AskAsync(0, 100));
        // Kept or lost, no other tree of this size was cosigned; the caller learns from the conflict where it stands.
        AddCheckpointOutcome retried = await AskAsync(0, 100);
        Assert.That(retried.StatusCode, Is.EqualTo(isKept ? 409 : 200));
        Assert.That((await AskAsync(100, 100)).StatusCode, Is.EqualTo(200));
    }

    [Test]
    public async Task Asks_its_host_last_and_stores_nothing_without_its_word()
    {
        var asked = new List<ulong>();
        var witness = new Witness([TestKeys.Log.Verifier], TestKeys.Witness(1), _store, _clock, quantumSafe: null, (checkpoint, _) =>
        {
            asked.Add(checkpoint.Size);
            return ValueTask.FromResult(checkpoint.Size <= 100);
        });
        Assert.That((await witness.AddCheckpointAsync(await RequestAsync(0, 100), default)).StatusCode, Is.EqualTo(200));
        Assert.That(await witness.AddCheckpointAsync(await RequestAsync(100, 200), default), Is.InstanceOf<AddCheckpointOutcome.NotEndorsed>());
        await witness.AddCheckpointAsync(await RequestAsync(0, 300), default);
        Assert.That(asked, Is.EqualTo(new[] { 100ul, 200ul }));
        Assert.That((await _store.FindLatestAsync(SampleLog.Origin, default))?.Size, Is.EqualTo(100));
    }

    [Test]
    public void Is_not_made_with_the_wrong_kind_of_cosigner()
    {
        Assert.Throws<ArgumentException>(() => _ = new Witness([TestKeys.Log.Verifier], TestKeys.QuantumSafeWitness(1), _store, _clock));
        Assert.Throws<ArgumentException>(
            () => _ = new Witness([TestKeys.Log.Verifier], TestKeys.Witness(1), _store, _clock, TestKeys.Witness(2), endorses: null));
    }

    [Test]
    public async Task Adds_an_ML_DSA_cosignature_once_a_minute()
    {
        var witness = new Witness([TestKeys.Log.Verifier], TestKeys.Witness(1), _store, _clock, TestKeys.QuantumSafeWitness(1), endorses: null);
        var made = new List<int>();
        foreach (int seconds in (int[])[0, 59, 1, 30, 40])
        {
            _clock.Advance(TimeSpan.FromSeconds(seconds));
            var outcome = (AddCheckpointOutcome.Cosigned)await witness.AddCheckpointAsync(await RequestAsync(0, 0), default);
            made.Add(outcome.Signatures.Length);
            ImmutableArray<VerifiedSignature> verified = _log.Signed(0).Note.With(outcome.Signatures)
                .Open(TestKeys.Witness(1).Verifier, TestKeys.QuantumSafeWitness(1).Verifier);
            Assert.That(verified, Has.Length.EqualTo(outcome.Signatures.Length));
        }

        Assert.That(made, Is.EqualTo(new[] { 2, 1, 2, 1, 2 }));
    }

    private Witness Witness() => new([TestKeys.Log.Verifier], TestKeys.Witness(1), _store, _clock);

    private async Task<AddCheckpointOutcome> AskAsync(ulong oldSize, ulong newSize) =>
        await Witness().AddCheckpointAsync(await RequestAsync(oldSize, newSize), default);

    private async Task<AddCheckpointOutcome> SendAsync(AddCheckpointRequest request) => await Witness().AddCheckpointAsync(request.Encode(), default);

    private async Task<byte[]> RequestAsync(ulong oldSize, ulong newSize)
    {
        ImmutableArray<Digest> proof = oldSize <= newSize ? (await _log.Tree.ProveConsistencyAsync(oldSize, newSize, default)).Path : [];
        return new AddCheckpointRequest(oldSize, proof, _log.Signed(newSize)).Encode();
    }
}
