using System.CommandLine;
using EhrLedger.Cli.Nodes;
using EhrLedger.Cli.Shell;
using EhrLedger.Client.Nodes;
using EhrLedger.Client.Transport;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Policies;

namespace EhrLedger.Cli.Audits;

/// <summary><c>log head URL</c>: the newest final checkpoint that a node has.</summary>
internal static class HeadCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Build(Surroundings surroundings)
    {
        var command = new Command("head", "Shows the newest final checkpoint of a node: its size, its age, and who cosigned it.");
        var url = NodeAddress.Argument("Base address of the node.");
        command.Add(url);
        var genesis = new GenesisOptions().AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var node = parsed.GetRequiredValue(url);
            var route = new DirectRoute(surroundings.Http);
            var trusted = await genesis.FetchAsync(parsed, route, node, cancellationToken).ConfigureAwait(false);
            var cosigned = await FetchAsync(new PublishedLog(route, node, surroundings.Time), trusted, node, cancellationToken).ConfigureAwait(false);
            Show(surroundings, trusted, cosigned);
            return (int)ExitCode.Fine;
        });
        return command;
    }

    private static async Task<CosignedCheckpoint> FetchAsync(PublishedLog log, TrustedConsortium trusted, Uri node, CancellationToken cancellationToken)
    {
        byte[]? bytes;
        try
        {
            bytes = await log.FetchAsync("/checkpoint", cancellationToken).ConfigureAwait(false);
        }
        catch (NodeUnavailableException away)
        {
            throw new CommandException(ExitCode.Unreachable, $"{node}: {away.Message}.");
        }

        return bytes is null ? throw new CommandException(ExitCode.Finding, $"Finding: {node} has no final checkpoint.")
            : SignedCheckpoint.Parse(bytes) is not { } received ? throw new CommandException(ExitCode.Finding, $"Finding: the checkpoint of {node} cannot be read.")
            : trusted.Consortium.Policy.Open(received)
                ?? throw new CommandException(ExitCode.Finding, $"Finding: the checkpoint of {node} is not signed by the consortium's log, or not cosigned by a quorum.");
    }

    private static void Show(Surroundings surroundings, TrustedConsortium trusted, CosignedCheckpoint cosigned)
    {
        var terminal = surroundings.Terminal;
        if (!trusted.IsPinned)
        {
            terminal.Note(trusted.Caveat);
        }

        var checkpoint = cosigned.Checkpoint;
        terminal.Say($"log        {Printable.Line(checkpoint.Origin.Value)}");
        terminal.Say($"genesis    {trusted.Consortium.Digest}, {(trusted.IsPinned ? "pinned" : "not pinned")}");
        terminal.Say($"entries    {checkpoint.Size}");
        terminal.Say($"root       {checkpoint.Root}");
        terminal.Say(cosigned.CosignedAt is { } at ? $"cosigned   {Printable.Time(at)}, {Printable.Span(surroundings.Time.GetUtcNow() - at)} ago" : "cosigned   by nobody: the genesis asks for no witness");
        terminal.Say($"cosigners  {Printable.List(trusted.NamesOf(cosigned))}");
    }
}
