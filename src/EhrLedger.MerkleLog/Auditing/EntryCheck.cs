namespace EhrLedger.MerkleLog.Auditing;

/// <summary>A layer above looks at each entry, in the log's order, each exactly once per audit.</summary>
/// <param name="index">Index of the entry, from 0.</param>
/// <param name="entry">Its bytes, already held against the checkpoint. Not to be kept after the call.</param>
/// <param name="cancellationToken">Gives up.</param>
/// <returns>Null if the entry is in order, or a sentence that says which rule it breaks; the audit then ends.</returns>
public delegate ValueTask<string?> EntryCheck(ulong index, ReadOnlyMemory<byte> entry, CancellationToken cancellationToken);
