using System.Security.Cryptography;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Reads;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Outbox;
using EhrLedger.Ledger.Replication;
using EhrLedger.Ledger.Sequencing;
using EhrLedger.Node.Keys;
using EhrLedger.Node.Storage.Log;

namespace EhrLedger.Benchmarks.Ledger;

/// <summary>A consortium of one with a sequencer and its store on the disk, subjects with a grant each, and entries that are valid now.</summary>
internal sealed class LedgerScene : IAsyncDisposable
{
    private readonly OrganisationKeys _keys = OrganisationKeys.Generate();
    private readonly string _folder = Directory.CreateTempSubdirectory("ehrledger-benchmark-").FullName;
    private readonly SqliteLogStore _store;
    private readonly Sequencer _sequencer;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;
    private readonly List<ReaderGrant> _grants = [];
    private readonly Asker _asker;
    private ulong _nextBatch;
    private Digest _lastBatch;

    public LedgerScene()
    {
        Genesis = Consortium.Found("Benchmark", DateTimeOffset.UtcNow, _keys.Organisation, [_keys.Describe("Benchmark", "hospital", "http://127.0.0.1:5080")]);
        _store = SqliteLogStore.Open(Path.Combine(_folder, "log.db"));
        Replica = new LogReplica(Genesis, new ContractEngine(new OrganisationContract(Genesis.Digest), new SubjectContract(Genesis.Digest)), _store);
        _sequencer = new Sequencer(Replica, TimeProvider.System, new Alarms(), new SequencerSettings());
        _loop = Task.Run(() => _sequencer.RunAsync(_stopping.Token));
        _asker = new Asker(_keys.Organisation, "Dr A. Example", "physician");
    }

    public Genesis Genesis { get; }

    public LogReplica Replica { get; }

    public string Folder => _folder;

    public Ed25519PublicKey Author => _keys.Signing.Public;

    /// <summary>Opens subjects and gives one grant each.</summary>
    public async Task OpenSubjectsAsync(int count)
    {
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        var setUp = new List<ReadOnlyMemory<byte>>(2 * count);
        for (var i = 0; i < count; i++)
        {
            using var key = Ed25519PrivateKey.Generate();
            var reader = Ed25519PrivateKey.Generate();
            var subject = new SubjectId(key.Public);
            var entries = new ConsentEntries(subject, key, Genesis.Digest);
            var grant = GrantId.Generate();
            setUp.Add(entries.Open(new SubjectOpened(_keys.Organisation, 0, RandomDigest()), Validity()).SignedBytes);
            setUp.Add(entries.Grant(
                new GrantBody(grant, reader.Public, RandomDigest(), DayRange.Of(today, today.AddDays(30)), RandomDigest(), RandomDigest(), RandomNumberGenerator.GetBytes(300)),
                Validity()).SignedBytes);
            _grants.Add(new ReaderGrant(grant, subject, reader, SymmetricKey.Generate()));
        }

        await SubmitAsync(setUp).ConfigureAwait(false);
    }

    /// <summary>Read entries, each of a subject of its own as far as there are subjects.</summary>
    public ReadOnlyMemory<byte>[] SignReads(int count)
    {
        var entries = new ReadOnlyMemory<byte>[count];
        Parallel.For(0, count, i => entries[i] = AccessEntries.Read(
            _grants[i % _grants.Count], _asker, PurposeOfUse.TryParse("TREAT")!.Value, [new RecordVersion(RecordId.Generate(), 1)], RandomDigest(), Validity(), Genesis.Digest)[0].Entry.SignedBytes);
        return entries;
    }

    /// <summary>RecordsAnchored entries, chained as an outbox chains them.</summary>
    public ReadOnlyMemory<byte>[] SignAnchors(int count)
    {
        var entries = new ReadOnlyMemory<byte>[count];
        for (var i = 0; i < count; i++)
        {
            var body = new BatchBody(_nextBatch++, _lastBatch, RandomDigest(), RandomNumberGenerator.GetBytes(16)).Encode();
            _lastBatch = Digest.Of(body);
            entries[i] = Entry.Sign(EntryType.RecordsAnchored, _keys.Organisation.Topic, body, Validity(), _keys.Signing, Genesis.Digest).SignedBytes;
        }

        return entries;
    }

    /// <summary>Returns when all of them are durable.</summary>
    public async Task SubmitAsync(IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        // As many at a time as the sequencer's queue holds; reading an entry is the submitter's work, on the submitter's thread.
        foreach (var chunk in entries.Chunk(8_192))
        {
            var waiting = new Task<SubmitOutcome>[chunk.Length];
            for (var i = 0; i < chunk.Length; i++)
            {
                waiting[i] = _sequencer.SubmitAsync(chunk[i], CommitLevel.Durable, CancellationToken.None).AsTask();
            }

            foreach (var outcome in await Task.WhenAll(waiting).ConfigureAwait(false))
            {
                if (outcome is not SubmitOutcome.Logged)
                {
                    throw new InvalidOperationException($"An entry was not logged: {outcome}");
                }
            }
        }
    }

    /// <summary>Time in which a second copy is opened over the same file, as at a node's start.</summary>
    public double SecondsToOpen()
    {
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        using var store = SqliteLogStore.Open(Path.Combine(_folder, "log.db"));
        var replica = new LogReplica(Genesis, new ContractEngine(new OrganisationContract(Genesis.Digest), new SubjectContract(Genesis.Digest)), store);
        return replica.Size == Replica.Size
            ? System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds
            : throw new InvalidOperationException("The file holds another log.");
    }

    /// <summary>Whose signature the entry of this number bears, for checking signatures alone.</summary>
    public Ed25519PublicKey ReaderOf(int read) => _grants[read % _grants.Count].ReaderKey.Public;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _store.Dispose();
        _stopping.Dispose();
        foreach (var grant in _grants)
        {
            grant.ReaderKey.Dispose();
            grant.LogKey.Dispose();
        }

        _keys.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static Digest RandomDigest() => Digest.FromBytes(RandomNumberGenerator.GetBytes(Digest.Length));

    private static DateTimeOffset Validity() => DateTimeOffset.UtcNow + Entry.UsualValidity;

    private sealed class Alarms : IAlarmSink
    {
        public void Raise(AlarmKind kind, string detail) => throw new InvalidOperationException($"{kind}: {detail}");
    }
}
