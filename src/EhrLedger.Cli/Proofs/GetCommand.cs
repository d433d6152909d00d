using System.CommandLine;
using System.Globalization;
using EhrLedger.Cli.Nodes;
using EhrLedger.Cli.Shell;
using EhrLedger.Client.Transport;

namespace EhrLedger.Cli.Proofs;

/// <summary><c>proof get URL INDEX --out FILE</c>: fetches a proof, and keeps it only if it holds.</summary>
internal static class GetCommand
{
    private const int NotFound = 404;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Makes the command.</summary>
    public static Command Build(Surroundings surroundings)
    {
        var command = new Command("get", "Fetches the proof of an entry, checks it, and writes it to a file.");
        var url = NodeAddress.Argument("Base address of the node.");
        var index = new Argument<ulong>("INDEX") { Description = "Index of the entry, from 0." };
        var target = new Option<string>("--out") { Description = "Where to write the proof.", HelpName = "FILE", Required = true };
        command.Add(url);
        command.Add(index);
        var genesis = new GenesisOptions().AddTo(command);
        command.Add(target);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var node = parsed.GetRequiredValue(url);
            var route = new DirectRoute(surroundings.Http);
            var trusted = await genesis.FetchAsync(parsed, route, node, cancellationToken).ConfigureAwait(false);
            var proof = await FetchAsync(route, node, parsed.GetRequiredValue(index), cancellationToken).ConfigureAwait(false);
            if (proof.Verify(trusted.Consortium.Policy) is not var (proven, under) || proven.Leaf.Index != parsed.GetRequiredValue(index))
            {
                throw new CommandException(ExitCode.Finding, $"Finding: the proof that {node} gives does not hold. Nothing is written.");
            }

            LocalFile.Replace(parsed.GetRequiredValue(target), proof.Encode());
            ProofText.Show(surroundings.Terminal, trusted, proven, under);
            return (int)(proven.Entry is null ? ExitCode.Finding : ExitCode.Fine);
        });
        return command;
    }

    private static async Task<ProofFile> FetchAsync(DirectRoute route, Uri node, ulong index, CancellationToken cancellationToken)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/ledger/proofs/{index}");
        var answer = await route.SendAsync(new NodeCall(node, HttpMethod.Get, path, null, null, ProofFile.Largest, Limit), cancellationToken).ConfigureAwait(false);
        return answer switch
        {
            Answer<ReadOnlyMemory<byte>>.Given(var bytes) => ProofFile.TryParse(bytes)
                ?? throw new CommandException(ExitCode.Finding, $"Finding: what {node} gives is no proof that can be read."),
            Answer<ReadOnlyMemory<byte>>.Refused(NotFound, _) => throw new CommandException(ExitCode.Finding, $"{node} has no final entry {index}."),
            _ => throw new CommandException(ExitCode.Unreachable, answer.WhyNoNode(node)),
        };
    }
}
