using System.Collections.Immutable;

namespace EhrLedger.MerkleLog.Policies;

/// <summary>A group of witnesses and groups, of which at least so many must have cosigned.</summary>
internal sealed record PolicyGroup(string Name, int Threshold, ImmutableArray<string> Members);
