using EhrLedger.Cli.Nodes;
using EhrLedger.Cli.Shell;
using EhrLedger.Client.Log;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;
using EhrLedger.MerkleLog.Policies;

namespace EhrLedger.Cli.Proofs;

/// <summary>What a proof that holds says, for people.</summary>
internal static class ProofText
{
    /// <summary>Shows it.</summary>
    public static void Show(Terminal terminal, TrustedConsortium trusted, ProvenLeaf proven, CosignedCheckpoint under)
    {
        if (!trusted.IsPinned)
        {
            terminal.Note(trusted.Caveat);
        }

        terminal.Say($"entry      {proven.Leaf.Index}");
        terminal.Say($"logged     {Printable.Time(proven.Time)}");
        if (proven.Entry is { } entry)
        {
            terminal.Say($"topic      {NameOf(entry.Topic, trusted)}, number {proven.Leaf.Number}");
            terminal.Say($"type       {EntryNames.Of(entry.Type)}");
            terminal.Say($"digest     {entry.Digest}");
        }
        else
        {
            terminal.Say("topic      none: the leaf holds no entry that can be read");
        }

        terminal.Say($"genesis    {trusted.Consortium.Digest}, {(trusted.IsPinned ? "pinned" : "not pinned")}");
        terminal.Say($"stands in  the first {under.Checkpoint.Size} entries of {Printable.Line(under.Checkpoint.Origin.Value)}");
        terminal.Say($"cosigners  {Printable.List(trusted.NamesOf(under))}{(under.CosignedAt is { } at ? $", {Printable.Time(at)}" : "")}");
    }

    /// <summary>Kind and did:key, and for an organisation that the genesis names its name.</summary>
    private static string NameOf(Topic topic, TrustedConsortium trusted)
    {
        if (!Ed25519PublicKey.TryFromBytes(topic.Name.ToArray(), out var key))
        {
            return topic.ToString();
        }

        var member = trusted.Consortium.Genesis.Members.FirstOrDefault(member => member.Organisation.Topic == topic);
        return $"{topic.Kind} {key.ToDidKey()}{(member is null ? "" : $" ({Printable.Line(member.Name, 100)})")}";
    }
}
