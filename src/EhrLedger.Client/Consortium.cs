using System.Text;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Membership;
using EhrLedger.MerkleLog.Policies;

namespace EhrLedger.Client;

/// <summary>A consortium as its pinned genesis describes it: what everything else is verified against. Immutable.</summary>
public sealed class Consortium
{
    private Consortium(Genesis genesis, WitnessPolicy policy)
    {
        Genesis = genesis;
        Policy = policy;
    }

    /// <summary>What the members agreed on.</summary>
    public Genesis Genesis { get; }

    /// <summary>Whose cosignatures make a checkpoint final.</summary>
    public WitnessPolicy Policy { get; }

    /// <summary>SHA-256 of the genesis: what every signature is bound to.</summary>
    public Digest Digest => Genesis.Digest;

    /// <summary>How many members may lie without harm under the default quorum: just under a third from four on, none below.</summary>
    public int Liars => Genesis.Members.Count < 4 ? 0 : (Genesis.Members.Count - 1) / 3;

    /// <summary>Of how many members a topic's head is asked for, so that one of them is honest: one more than may lie; two where there are two or three.</summary>
    public int HeadsToAsk => Genesis.Members.Count switch
    {
        1 => 1,
        < 4 => 2,
        _ => Liars + 1,
    };

    /// <summary>Takes a genesis from anywhere.</summary>
    /// <param name="bytes">Untrusted.</param>
    /// <param name="pinned">What the wallet was given with its first connection.</param>
    /// <returns>Null unless it is the pinned one, and its policy can be read.</returns>
    public static Consortium? Open(ReadOnlyMemory<byte> bytes, Digest pinned) =>
        Digest.Of(bytes.Span) == pinned && Genesis.TryParse(bytes) is { } genesis && WitnessPolicy.Parse(Encoding.UTF8.GetBytes(genesis.Policy)) is { } policy
            ? new Consortium(genesis, policy)
            : null;
}
