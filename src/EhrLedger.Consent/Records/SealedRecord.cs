using EhrLedger.Crypto;
using EhrLedger.Crypto.Sealing;

namespace EhrLedger.Consent.Records;

/// <summary>One version of a record as its author seals it. No part is secret by itself; the wrap and the shares go to the vaults, the rest anywhere.</summary>
/// <param name="Header">In the clear, beside the ciphertext.</param>
/// <param name="Ciphertext">Padded and encrypted content.</param>
/// <param name="Commitment">To the content key, for the row.</param>
/// <param name="FirstHalf">K1, to the subject's sealing key of the epoch: for the index row.</param>
/// <param name="SelfHalf">K2, to the subject's self key: for the patient.</param>
/// <param name="Shares">The x-th goes to the x-th custodian.</param>
/// <param name="AuthorWrap">Both halves, under the author's own key.</param>
public sealed record SealedRecord(
    RecordHeader Header,
    ReadOnlyMemory<byte> Ciphertext,
    KeyCommitment Commitment,
    SealedHalf FirstHalf,
    SealedHalf SelfHalf,
    IReadOnlyList<SealedHalf> Shares,
    ReadOnlyMemory<byte> AuthorWrap)
{
    /// <summary>The row that the ledger commits to.</summary>
    /// <param name="number">Of the author's writes about this subject.</param>
    /// <param name="credential">Digest of the credential inside the ciphertext, if there is one.</param>
    public WriteRow Row(ulong number, Digest? credential = null) =>
        new(Salt.Generate(), Header.Subject, number, Header.Digest, Digest.Of(Ciphertext.Span), Commitment, credential);
}
