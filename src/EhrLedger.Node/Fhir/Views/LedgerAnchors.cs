using System.Text;
using EhrLedger.Consent.Records;
using EhrLedger.Fhir.Views;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.MerkleLog.Tree;
using EhrLedger.Node.Reading;
using EhrLedger.Node.Storage.Records;

namespace EhrLedger.Node.Fhir.Views;

/// <summary>Where things stand on the ledger by this node's own copy, and what was signed for them.</summary>
internal sealed class LedgerAnchors(LogReplica replica, Finality finality, BatchLocator batches, OutboxStore outbox, OrganisationId self)
{
    public OrganisationId Self => self;

    /// <summary>The anchor of something in a batch of this organisation's own; null until the batch's entry is final.</summary>
    /// <param name="batch">Outbox number.</param>
    /// <param name="path">To the batch's root.</param>
    public AnchorExtension? OfRow(ulong batch, InclusionProof path) => batches.FindAny(self, batch) is { } place ? OfRow(new Anchor(place.Index, path)) : null;

    /// <summary>The anchor of a row; null until its entry is final.</summary>
    public AnchorExtension? OfRow(Anchor anchor) => CheckpointOver(anchor.EntryIndex) is { } checkpoint ? new AnchorExtension(anchor.EntryIndex, anchor.Path.LeafIndex, anchor.Encode(), checkpoint) : null;

    /// <summary>The anchor of an entry; null until it is final.</summary>
    public AnchorExtension? OfEntry(ulong index) => CheckpointOver(index) is { } checkpoint ? new AnchorExtension(index, null, default, checkpoint) : null;

    /// <summary>The COSE_Sign1 that this organisation has signed over the root of a batch. Empty only if the outbox was lost.</summary>
    public ReadOnlyMemory<byte> SignatureOf(ulong batch) =>
        batches.FindAny(self, batch) is { } place ? SignatureAt(place.Index) : outbox.Find(batch)?.EntryBytes ?? default;

    /// <summary>The COSE_Sign1 of an entry; empty where there is none.</summary>
    public ReadOnlyMemory<byte> SignatureAt(ulong index) => replica.FindLeaf(index) is { } stored && Leaf.TryParse(stored.Bytes) is { } leaf ? leaf.Entry : default;

    private string? CheckpointOver(ulong index) =>
        finality.Newest is { } newest && index < newest.Checkpoint.Size ? Encoding.UTF8.GetString(newest.Checkpoint.Received.Encode()) : null;
}
