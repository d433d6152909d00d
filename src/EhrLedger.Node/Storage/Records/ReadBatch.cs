using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Tree;
using EhrLedger.Node.Authoring;

namespace EhrLedger.Node.Storage.Records;

/// <summary>The rows of one batch of reads, opened.</summary>
/// <param name="Number">Outbox number.</param>
/// <param name="At">When it was made.</param>
/// <param name="Rows">Each encoded, in the order of the batch's tree.</param>
/// <param name="Questions">What was asked, by the digest that the rows have of it; of rows from before questions were kept, and of very long ones, there is none.</param>
internal sealed record ReadBatch(ulong Number, DateTimeOffset At, IReadOnlyList<byte[]> Rows, IReadOnlyDictionary<Digest, Question> Questions)
{
    private RowBatch? _tree;

    /// <summary>Null if it is none.</summary>
    public ReadRow? RowAt(int place) => place < Rows.Count ? ReadRow.TryParse(Rows[place]) : null;

    public InclusionProof PathOf(int place) => (_tree ??= RowBatch.Of(Rows)).PathOf(place);
}
