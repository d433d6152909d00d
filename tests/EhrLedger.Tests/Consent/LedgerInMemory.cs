using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Recovery;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Tests.Consent;

/// <summary>A log in memory that runs the contracts as every node does; everything is final at once, unless a test says otherwise.</summary>
internal sealed class LedgerInMemory : ILedgerView
{
    private readonly ContractEngine _engine = new(new OrganisationContract(Consortium.Genesis.Digest), new SubjectContract(Consortium.Genesis.Digest), new RecoveryContract(Consortium.Genesis));
    private readonly Dictionary<Topic, (ITopicState? State, ulong Next)> _topics = [];
    private readonly List<(EffectiveEntry Logged, bool Effective)> _leaves = [];
    private readonly Members _members = Members.Of(Consortium.Genesis);
    private ulong? _finalSize;

    public DateTimeOffset Now { get; set; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public ulong Size => (ulong)_leaves.Count;

    public ulong FinalSize
    {
        get => _finalSize ?? Size;
        set => _finalSize = value;
    }

    public TimeSpan CheckpointAge { get; set; } = TimeSpan.FromSeconds(1);

    public DateTimeOffset FinalAsOf => Now - CheckpointAge;

    public DateTimeOffset ValidUntil => Now + Entry.UsualValidity;

    public uint Today => (uint)(Now.ToUnixTimeMilliseconds() / 86_400_000);

    public SubjectState? FindSubject(SubjectId subject) => (SubjectState?)_topics.GetValueOrDefault(subject.Topic).State;

    public RecoveryState? FindRecovery(RecoveryId recovery) => (RecoveryState?)_topics.GetValueOrDefault(recovery.Topic).State;

    public EffectiveEntry? FindEffective(ulong index) => index < Size && _leaves[(int)index] is (var logged, true) ? logged : null;

    /// <summary>Logs an entry, which must be accepted.</summary>
    /// <returns>Its index.</returns>
    public ulong Append(Entry entry) => TryAppend(entry) is { } code ? throw new InvalidOperationException($"Refused: {code}.") : Size - 1;

    /// <summary>Logs an entry that the contracts accept.</summary>
    /// <returns>Null, or the code of the refusal.</returns>
    public string? TryAppend(Entry entry)
    {
        switch (Judge(entry))
        {
            case Verdict.Accepted(var state):
                Log(entry, state, effective: true);
                return null;
            case Verdict.Rejected(var reason):
                return reason.Code;
            default:
                throw new InvalidOperationException();
        }
    }

    /// <summary>Logs an entry as a lying sequencer would: it stands there and has no effect.</summary>
    public ulong AppendWithoutEffect(Entry entry)
    {
        Log(entry, _topics.GetValueOrDefault(entry.Topic).State, effective: false);
        return Size - 1;
    }

    private Verdict Judge(Entry entry)
    {
        var (state, next) = _topics.GetValueOrDefault(entry.Topic);
        var contract = _engine.Find(entry.Topic.Kind)!;
        return contract.SignerOf(state, entry, _members) is { } signer && entry.VerifiesUnder(signer, Consortium.Genesis.Digest)
            ? contract.Evaluate(state, entry, new Moment(Size, (ulong)Now.ToUnixTimeMilliseconds(), next), _members)
            : new Verdict.Rejected(Rejection.BadSignature);
    }

    private void Log(Entry entry, ITopicState? state, bool effective)
    {
        var next = _topics.GetValueOrDefault(entry.Topic).Next;
        _leaves.Add((new EffectiveEntry(entry, new Moment(Size, (ulong)Now.ToUnixTimeMilliseconds(), next)), effective));

        // What a node writes, it must be able to read.
        var kept = state is null ? null : _engine.Find(entry.Topic.Kind)!.Decode(state.Encode()) ?? throw new InvalidOperationException("The state does not read back.");
        _topics[entry.Topic] = (kept, next + 1);
    }
}
