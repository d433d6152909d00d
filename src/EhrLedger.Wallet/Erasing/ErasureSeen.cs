using EhrLedger.Client.Topics;
using EhrLedger.Consent.Erasing;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.Keys;

namespace EhrLedger.Wallet.Erasing;

/// <summary>An erasure on the ledger.</summary>
internal sealed class ErasureSeen(Erased body, (Erasure Erasure, RecordId Record)? memo, DateTimeOffset time)
{
    private readonly Dictionary<OrganisationId, ErasureReply> _replies = [];

    public Digest Commitment => body.Commitment;

    /// <summary>What the wallet sealed for itself. Null if it does not open.</summary>
    public Erasure? Opened => memo?.Erasure;

    public RecordId? Record => memo?.Record;

    public DateTimeOffset Time => time;

    /// <summary>Digests of the headers that it names; none where the memo does not open.</summary>
    public IReadOnlyList<Digest> Headers => memo?.Erasure.Headers ?? [];

    /// <summary>The last word of each that has answered.</summary>
    public IReadOnlyCollection<ErasureReply> Replies => _replies.Values;

    public ErasureAnswer? AnswerOf(OrganisationId organisation) => _replies.GetValueOrDefault(organisation)?.Answer;

    public static IReadOnlyList<ErasureSeen> Collect(SubjectKeys keys, TopicCopy copy)
    {
        var seen = new List<ErasureSeen>();
        foreach (var entry in copy.Entries.Where(entry => entry.HasEffect))
        {
            if (entry.Entry.Type == ConsentEntryTypes.Erased && Erased.TryParse(entry.Entry.Body) is { } erased)
            {
                seen.Add(new ErasureSeen(erased, keys.Memo.Open(erased), entry.Proven.Time));
            }
            else if (entry.Entry.Type == ConsentEntryTypes.ErasureAnswered && ErasureAnswered.TryParse(entry.Entry.Body) is { } answered)
            {
                foreach (var erasure in seen.Where(erasure => erasure.Commitment == answered.Commitment))
                {
                    erasure._replies[answered.Organisation] = new ErasureReply(answered.Organisation, answered.Answer, answered.Ground, entry.Proven.Time);
                }
            }
        }

        return seen;
    }
}
