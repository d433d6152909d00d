using EhrLedger.Cli.Shell;
using EhrLedger.Client;
using EhrLedger.MerkleLog.Notes;
using EhrLedger.MerkleLog.Policies;

namespace EhrLedger.Cli.Nodes;

/// <summary>The consortium that answers are held against.</summary>
/// <param name="Consortium">The genesis and its policy.</param>
/// <param name="IsPinned">False where the genesis is only what the node under scrutiny says it is.</param>
internal sealed record TrustedConsortium(Consortium Consortium, bool IsPinned)
{
    /// <summary>Said wherever a result rests on an unpinned genesis.</summary>
    public string Caveat => $"Who the members are is this node's word: the genesis {Consortium.Digest} was neither given with --genesis nor pinned with --pin.";

    /// <summary>Who cosigned, by the members' names, in the order of the policy.</summary>
    public IReadOnlyList<string> NamesOf(CosignedCheckpoint cosigned)
    {
        var signed = cosigned.Checkpoint.Cosignatures.Select(signature => signature.Key).ToHashSet();
        return [.. Consortium.Policy.Witnesses.Where(witness => signed.Contains(witness.Key)).Select(witness => NameOf(witness.Key))];
    }

    private string NameOf(NoteVerifier key) =>
        Printable.Line(Consortium.Genesis.Members.FirstOrDefault(member => member.Witness == key.ToString())?.Name ?? key.Name.Value, 100);
}
