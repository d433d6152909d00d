using System.Text;
using EhrLedger.MerkleLog.Notes;

namespace EhrLedger.MerkleLog.Policies;

/// <summary>The default quorum of a consortium, written as a policy.</summary>
public static class QuorumPolicy
{
    /// <summary>Most members: 63, so that two signatures of each and two of the log still fit one note.</summary>
    public const int MaxMembers = (SignedNote.MaxSignatures / 2) - 1;

    /// <summary>How many of n members make a quorum.</summary>
    /// <param name="members">1 to 63.</param>
    /// <returns>
    /// More than two thirds from four members on, so that two quorums share an honest member even if just under a third lie; a majority of
    /// two or three, which survives crashes but no liar; one of one.
    /// </returns>
    public static int SizeFor(int members)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(members, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(members, MaxMembers);
        return members < 4 ? (members / 2) + 1 : (2 * members / 3) + 1;
    }

    /// <summary>Writes the default policy.</summary>
    /// <param name="log">The log's key (type 0x01), named like its origin.</param>
    /// <param name="members">Each member's witness key (Ed25519, type 0x04), in the order in which they are to stand. 1 to 63, no key twice.</param>
    /// <exception cref="ArgumentException">A key of another type, or one that stands twice.</exception>
    public static WitnessPolicy ForMembers(NoteVerifier log, IReadOnlyList<NoteVerifier> members)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(members);
        int quorum = SizeFor(members.Count);
        if (members.Any(member => member.Type != NoteSignatureType.Ed25519Cosignature))
        {
            throw new ArgumentException("A quorum counts Ed25519 cosignatures.", nameof(members));
        }

        var text = new StringBuilder($"log {log}\n");
        for (int i = 0; i < members.Count; i++)
        {
            text.Append("witness ").Append(NameOf(i)).Append(' ').Append(members[i]).Append('\n');
        }

        text.Append("group members ").Append(StrictText.Decimal((ulong)quorum));
        text.Append(' ').AppendJoin(' ', Enumerable.Range(0, members.Count).Select(NameOf)).Append('\n');
        text.Append("quorum members\n");
        return WitnessPolicy.Parse(Encoding.UTF8.GetBytes(text.ToString()))
            ?? throw new ArgumentException("The log's key is no log's key, or a member's key stands twice.", nameof(members));
    }

    private static string NameOf(int member) => $"m{StrictText.Decimal((ulong)member + 1)}";
}
