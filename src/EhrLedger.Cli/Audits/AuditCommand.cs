using System.CommandLine;
using EhrLedger.Cli.Nodes;
using EhrLedger.Cli.Shell;
using EhrLedger.Client.Nodes;
using EhrLedger.Client.Transport;
using EhrLedger.MerkleLog.Auditing;

namespace EhrLedger.Cli.Audits;

/// <summary><c>log audit URL</c>: the whole log, from its tiles.</summary>
internal static class AuditCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Build(Surroundings surroundings)
    {
        var command = new Command("audit", "Checks every tile and entry of a node's published log against its cosigned checkpoint.");
        var url = NodeAddress.Argument("Base address of the node.");
        var resume = new Option<string?>("--resume") { Description = "Goes on where the audit that left this file stopped, and leaves it for the next one.", HelpName = "FILE" };
        var quiet = new Option<bool>("--quiet") { Description = "Says nothing but what is wrong." };
        command.Add(url);
        var genesis = new GenesisOptions().AddTo(command);
        command.Add(resume);
        command.Add(quiet);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var node = parsed.GetRequiredValue(url);
            var route = new DirectRoute(surroundings.Http);
            var trusted = await genesis.FetchAsync(parsed, route, node, cancellationToken).ConfigureAwait(false);
            return (int)await RunAsync(surroundings, node, route, trusted, parsed.GetValue(resume), parsed.GetValue(quiet), cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task<ExitCode> RunAsync(
        Surroundings surroundings, Uri node, IRoute route, TrustedConsortium trusted, string? resume, bool quiet, CancellationToken cancellationToken)
    {
        var (terminal, time) = (surroundings.Terminal, surroundings.Time);
        var from = resume is null ? AuditFile.Start(trusted.Consortium.Digest) : AuditFile.Read(resume, trusted.Consortium.Digest);
        var line = new ProgressLine(terminal, time, quiet);
        if (!quiet && !trusted.IsPinned)
        {
            terminal.Note(trusted.Caveat);
        }

        var meter = new AuditMeter(from, resume, line, time);
        // A file that can't be written is better known now than after hours.
        meter.Save();
        AuditResult result;
        try
        {
            result = await new LogAuditor(new PublishedLog(route, node, time), trusted.Consortium.Policy)
                .AuditAsync(from.State, (index, entry, _) => ValueTask.FromResult(from.Rules.Check(index, entry)), meter, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (NodeUnavailableException away)
        {
            throw new CommandException(ExitCode.Unreachable, $"{node}: {away.Message}. {meter.Checked:N0} entries are checked.");
        }
        finally
        {
            line.End();
            meter.Save();
        }

        if (result.Finding is { } finding)
        {
            terminal.Say($"Finding: {Printable.Line(finding.Text)}");
            return ExitCode.Finding;
        }

        var (text, isFinding) = await new QuantumSafeCheck(route, trusted).RunAsync(node, cancellationToken).ConfigureAwait(false);
        if (isFinding)
        {
            terminal.Say($"Finding: {text}");
            return ExitCode.Finding;
        }

        if (!quiet)
        {
            NoteLimits(terminal, from.Rules);
            terminal.Say(Praise(result, trusted, time));
            terminal.Say(text);
        }

        return ExitCode.Fine;
    }

    private static void NoteLimits(Terminal terminal, EntryRules rules)
    {
        if (rules.UnfollowedFrom is { } unfollowed)
        {
            terminal.Note($"From entry {unfollowed:N0} on, topics that were new had their numbers not checked: {EntryRules.UsualLimit:N0} topics are followed.");
        }
    }

    private static string Praise(AuditResult result, TrustedConsortium trusted, TimeProvider time)
    {
        var checkpoint = result.Checkpoint!;
        var age = checkpoint.CosignedAt is { } at ? $", {Printable.Span(time.GetUtcNow() - at)} ago" : "";
        return $"Fine: all {result.Checked.Size:N0} entries are as the checkpoint of '{Printable.Line(trusted.Consortium.Genesis.Name, 100)}' says, "
            + $"cosigned by {Printable.List(trusted.NamesOf(checkpoint))}{age}. Genesis {trusted.Consortium.Digest}, {(trusted.IsPinned ? "pinned" : "not pinned")}.";
    }
}
