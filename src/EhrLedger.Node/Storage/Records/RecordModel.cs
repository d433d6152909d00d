namespace EhrLedger.Node.Storage.Records;

// The tables of records.db. Keys and tokens are HMACs, contents are sealed under keys of the key store (docs/formats.md, storage): the file alone shows sizes and counts.

/// <summary>A patient known here; id 0 stands for the directory of resources that belong to no patient.</summary>
internal sealed class PatientRow
{
    public long Id { get; set; }

    public required byte[] Key { get; set; }

    public required byte[] Sealed { get; set; }
}

/// <summary>Whose a subject is, and how many rows of writes it has had. Its rows of reads count themselves: an update of this row for each of them would be a page more in every commit.</summary>
internal sealed class SubjectRow
{
    public required byte[] Subject { get; set; }

    public long PatientId { get; set; }

    public long NextWrite { get; set; }
}

/// <summary>A FHIR resource by its keyed type and id.</summary>
internal sealed class ResourceRow
{
    public long Id { get; set; }

    public required byte[] Key { get; set; }

    public required byte[] RecordId { get; set; }

    public long PatientId { get; set; }

    public long CurrentVersion { get; set; }

    public bool Deleted { get; set; }

    /// <summary>Its tokens in the author's own index, one after the other: what the next version takes away.</summary>
    public required byte[] Tokens { get; set; }
}

/// <summary>One version of a resource: what is needed to open it, to prove it and to hand it on.</summary>
internal sealed class VersionRow
{
    /// <summary>The order in which versions came; one that is sealed anew keeps its place.</summary>
    public long Id { get; set; }

    public long ResourceId { get; set; }

    public long Version { get; set; }

    /// <summary>SHA-256 of the header; null for a resource of the directory.</summary>
    public byte[]? HeaderDigest { get; set; }

    public byte[]? Subject { get; set; }

    public long? RowNumber { get; set; }

    /// <summary>Outbox number of the batch that anchors it.</summary>
    public long? Batch { get; set; }

    /// <summary>Of the header; null for a resource of the directory, and where the subject is provisional: it is not on the ledger, and its epoch does not end.</summary>
    public long? Epoch { get; set; }

    /// <summary>True where the patient has had it erased: it keeps its place and its row, and has no ciphertext and no half of a key.</summary>
    public bool Erased { get; set; }

    /// <summary>True once it is known that the epoch had ended before the batch's entry: it waits to be sealed anew.</summary>
    public bool Ended { get; set; }

    /// <summary>Unix milliseconds of the newest version up to this one, so that it never goes back; null for those from before it was kept.</summary>
    public long? Newest { get; set; }

    public required byte[] Sealed { get; set; }

    public required byte[] CiphertextDigest { get; set; }

    public required byte[] Ciphertext { get; set; }
}

/// <summary>The row of a sealing that was replaced by a newer one of the same version: it keeps its place among the subject's rows, and opens nothing any more.</summary>
internal sealed class SupersededRow
{
    public required byte[] Subject { get; set; }

    public long RowNumber { get; set; }

    public required byte[] Sealed { get; set; }
}

/// <summary>Header of a sealing whose wrap and share in the vault are to be destroyed. Written with what replaces it, so that a stop in between forgets nothing.</summary>
internal sealed class RetiredKeyRow
{
    public required byte[] HeaderDigest { get; set; }
}

/// <summary>A proposed Consent whose patient is to be asked, or was asked and may still answer.</summary>
internal sealed class ConsentRequestRow
{
    /// <summary>Keyed type and id of the Consent.</summary>
    public required byte[] Resource { get; set; }

    /// <summary>The request's id.</summary>
    public required byte[] Sealed { get; set; }

    /// <summary>When it is looked at next: Unix milliseconds. Below one where something has come to be looked at, less each time.</summary>
    public long Due { get; set; }
}

/// <summary>How far the author's own topic was held against its subjects' epochs: one row.</summary>
internal sealed class EpochProgressRow
{
    public long Id { get; set; }

    public long NextNumber { get; set; }
}

/// <summary>A revocation that this custodian has seen, and the log is not known to have.</summary>
internal sealed class HeldRevocationRow
{
    public required byte[] Subject { get; set; }

    public required byte[] GrantId { get; set; }
}

/// <summary>A token of the author's own index. What was written about one patient lies together.</summary>
internal sealed class TokenRow
{
    public long PatientId { get; set; }

    public required byte[] Value { get; set; }

    public long ResourceId { get; set; }
}

/// <summary>Where a row about a read stands that the author itself made. Follows the batches, which have the rows themselves: see <see cref="ReadRows"/>.</summary>
internal sealed class ReadRowRow
{
    public required byte[] Subject { get; set; }

    public long Number { get; set; }

    public long Batch { get; set; }

    /// <summary>Among the rows of the batch, from 0. Null for a row from before they lay with their batch: it is here.</summary>
    public long? Place { get; set; }

    /// <summary>Empty where the batch has the row.</summary>
    public required byte[] Sealed { get; set; }
}

/// <summary>How far <see cref="ReadRowRow"/> has followed the batches: one row.</summary>
internal sealed class ReadProgressRow
{
    public long Id { get; set; }

    public long NextBatch { get; set; }
}

/// <summary>A batch in the outbox. It stays after it is final: a log that is restored from an older copy gets it again.</summary>
internal sealed class BatchRow
{
    public long Number { get; set; }

    public long Type { get; set; }

    public required byte[] Body { get; set; }

    public required byte[] Entry { get; set; }

    public long Since { get; set; }

    /// <summary>A batch of reads: its rows, sealed in one piece, so that a commit adds to the end of one table. Null for writes.</summary>
    public byte[]? Rows { get; set; }
}

/// <summary>How far the deposits at a peer have come, by outbox number.</summary>
internal sealed class DepositProgressRow
{
    public required byte[] Peer { get; set; }

    public long NextBatch { get; set; }
}

/// <summary>An encapsulation that small seals refer to.</summary>
internal sealed class EncapsulationRow
{
    public required byte[] Digest { get; set; }

    public required byte[] Bytes { get; set; }
}

/// <summary>Another author's ciphertext, kept for it and for its readers.</summary>
internal sealed class ReplicaRow
{
    public required byte[] CiphertextDigest { get; set; }

    public required byte[] Author { get; set; }

    public required byte[] Ciphertext { get; set; }
}

/// <summary>A row of the grantees' index: of this node's own records and of those that it keeps for others.</summary>
internal sealed class IndexRowRow
{
    public long Id { get; set; }

    public required byte[] Subject { get; set; }

    /// <summary>Who wrote the record: only it can supersede a version.</summary>
    public required byte[] Author { get; set; }

    public required byte[] RecordId { get; set; }

    public long Version { get; set; }

    public bool Current { get; set; }

    public required byte[] HeaderDigest { get; set; }

    public required byte[] Sealed { get; set; }
}

/// <summary>A holder's token: HMAC(own key, subject, token).</summary>
internal sealed class IndexTokenRow
{
    public required byte[] Value { get; set; }

    public long IndexRowId { get; set; }
}

/// <summary>What this node released as a custodian, for the subject to see.</summary>
internal sealed class ReleaseRow
{
    public long Id { get; set; }

    public long EntryIndex { get; set; }

    public required byte[] Subject { get; set; }

    public long Time { get; set; }

    public required byte[] Sealed { get; set; }
}

/// <summary>A wallet's directory: encrypted, padded, numbered and signed by the wallet.</summary>
internal sealed class WalletDirectoryRow
{
    public required byte[] Name { get; set; }

    public long Number { get; set; }

    public required byte[] Signed { get; set; }
}

/// <summary>A search that can be paged through.</summary>
internal sealed class SearchRow
{
    public long Id { get; set; }

    public required byte[] Key { get; set; }

    /// <summary>Unix milliseconds.</summary>
    public long Until { get; set; }

    public long Matches { get; set; }

    public required byte[] Sealed { get; set; }
}

/// <summary>An export: asked for, running or done.</summary>
internal sealed class ExportRow
{
    public long Id { get; set; }

    public required byte[] Key { get; set; }

    /// <summary>HMAC of who asked for it.</summary>
    public required byte[] Owner { get; set; }

    /// <summary>Unix milliseconds until when its files are kept; null until it has ended.</summary>
    public long? Until { get; set; }

    public required byte[] Sealed { get; set; }
}

/// <summary>A subscription.</summary>
internal sealed class SubscriptionRow
{
    public long Id { get; set; }

    public required byte[] Key { get; set; }

    /// <summary>HMAC of whose it is.</summary>
    public required byte[] Owner { get; set; }

    public required byte[] Sealed { get; set; }
}

/// <summary>A version that a subscription is to be told of, and has not been.</summary>
internal sealed class NoticeRow
{
    public long Id { get; set; }

    /// <summary>Row of the subscription.</summary>
    public long SubscriptionId { get; set; }

    public required byte[] Sealed { get; set; }
}

/// <summary>How far what is under a grant was looked at for subscriptions.</summary>
internal sealed class LookRow
{
    public long Id { get; set; }

    /// <summary>HMAC of the grant and the purpose.</summary>
    public required byte[] Key { get; set; }

    public required byte[] Sealed { get; set; }
}

/// <summary>How far the matching of subscriptions has come: one row.</summary>
internal sealed class NoticeProgressRow
{
    public long Id { get; set; }

    /// <summary>Versions up to this row have been looked at.</summary>
    public long VersionRow { get; set; }
}

/// <summary>An entry of another member's directory, which that member shares.</summary>
internal sealed class SharedEntryRow
{
    public required byte[] Author { get; set; }

    public required byte[] Key { get; set; }

    public required byte[] Series { get; set; }

    public required byte[] Sealed { get; set; }
}

/// <summary>How far this node has come with a member's shared directory.</summary>
internal sealed class SharedProgressRow
{
    public required byte[] Author { get; set; }

    public required byte[] Series { get; set; }

    public long Number { get; set; }
}

/// <summary>An erasure that this node has been given and that is not settled for good.</summary>
internal sealed class ErasureRow
{
    public required byte[] Commitment { get; set; }

    /// <summary>The erasure-order.</summary>
    public required byte[] Sealed { get; set; }

    /// <summary>Unix milliseconds; null until everything that this node had is destroyed.</summary>
    public long? DestroyedAt { get; set; }
}

/// <summary>The header of a sealing that was erased, for ever: its ciphertext, share and index row are not taken again, and its keys go again should a backup of the vault bring them back.</summary>
internal sealed class ErasedHeaderRow
{
    public required byte[] HeaderDigest { get; set; }
}

/// <summary>A resource that has to be kept whatever the patient wants.</summary>
internal sealed class LegalHoldRow
{
    /// <summary>As in resources.</summary>
    public required byte[] Key { get; set; }

    public long Ground { get; set; }
}
