using EhrLedger.Client.Topics;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.Findings;

namespace EhrLedger.Wallet.Records;

/// <summary>One version of one of the patient's records, opened with the wallet's own keys and without any custodian.</summary>
/// <param name="Version">Its id and version.</param>
/// <param name="Category">Of the subject that it stands under.</param>
/// <param name="Author">Who wrote it.</param>
/// <param name="Number">Of the author's writes about this subject.</param>
/// <param name="Current">Whether the author says that it is the newest version.</param>
/// <param name="SealedAt">When it was sealed, the author's word.</param>
/// <param name="AnchoredAt">When the ledger got the batch of its row, as proven. Null while that is not final.</param>
/// <param name="ContentType">Of the content.</param>
/// <param name="Content">The plaintext: FHIR JSON.</param>
public sealed record OwnRecord(
    RecordVersion Version,
    Category Category,
    OrganisationId Author,
    ulong Number,
    bool Current,
    DateTimeOffset SealedAt,
    DateTimeOffset? AnchoredAt,
    string ContentType,
    ReadOnlyMemory<byte> Content)
{
    /// <summary>Of the ciphertext that it was opened from: what is sealed anew is opened anew.</summary>
    internal Digest Ciphertext { get; init; }

    /// <summary>What can be shown of it in a list.</summary>
    public FhirGlance Glance() => FhirGlance.Of(Content);

    /// <summary>Which record; its content is the patient's.</summary>
    public override string ToString() => Version.ToString();
}

/// <summary>The patient's records of one category at one organisation.</summary>
/// <param name="Records">In the order in which they were written.</param>
/// <param name="Complete">Whether the author gave every row up to its own count, without a gap, and each opened and is backed by the ledger.</param>
/// <param name="Findings">What is wrong.</param>
public sealed record OwnRecords(IReadOnlyList<OwnRecord> Records, bool Complete, IReadOnlyList<Finding> Findings)
{
    /// <summary>Versions that the patient has had erased, whoever has done it yet: a device keeps nothing of them.</summary>
    internal IReadOnlySet<RecordVersion> Erased { get; init; } = new HashSet<RecordVersion>();
}

/// <summary>A sealed row with the place that it was found to have in the log.</summary>
/// <param name="Sealed">As the author gave it.</param>
/// <param name="Batch">Null where it is not proven to stand there.</param>
/// <param name="Ended">Whether its epoch had ended before it got there: nobody but the patient and the author ever opens it.</param>
internal sealed record CheckedRow(Client.Wallets.SealedRecordRow Sealed, ProvenBatch? Batch, bool Ended);

/// <summary>A row that stands for its version, and what it opens with.</summary>
internal sealed record CurrentRow(CheckedRow Checked, Client.Wallets.SealedHalves Halves);
