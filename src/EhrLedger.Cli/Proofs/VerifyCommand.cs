using System.CommandLine;
using EhrLedger.Cli.Nodes;
using EhrLedger.Cli.Shell;
using EhrLedger.Client.Transport;

namespace EhrLedger.Cli.Proofs;

/// <summary><c>proof verify FILE</c>: with a genesis file, without asking anybody.</summary>
internal static class VerifyCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Build(Surroundings surroundings)
    {
        var command = new Command("verify", "Checks that the entry in a proof stands in the ledger under a cosigned checkpoint.");
        var file = new Argument<string>("FILE") { Description = "A proof: the answer of GET /ledger/proofs/{index}, or what 'proof get' wrote." };
        var node = NodeAddress.Option("--node", "A node to take the genesis from, where there is no genesis file.");
        command.Add(file);
        var genesis = new GenesisOptions().AddTo(command);
        command.Add(node);
        command.Validators.Add(result =>
        {
            if (result.GetResult("--genesis") is null && result.GetResult(node) is null)
            {
                result.AddError("Say whom to trust: --genesis FILE, or --pin DIGEST --node URL.");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(file);
            var bytes = LocalFile.Read(path, ProofFile.Largest);
            var trusted = parsed.GetValue(node) is { } address
                ? await genesis.FetchAsync(parsed, new DirectRoute(surroundings.Http), address, cancellationToken).ConfigureAwait(false)
                : genesis.ReadFile(parsed);
            if (ProofFile.TryParse(bytes) is not { } proof)
            {
                throw new CommandException(ExitCode.Finding, $"Finding: {path} is no proof that can be read.");
            }

            if (proof.Verify(trusted.Consortium.Policy) is not var (proven, under))
            {
                throw new CommandException(ExitCode.Finding, $"Finding: the proof in {path} does not hold for the consortium with the genesis {trusted.Consortium.Digest}.");
            }

            ProofText.Show(surroundings.Terminal, trusted, proven, under);
            return (int)(proven.Entry is null ? ExitCode.Finding : ExitCode.Fine);
        });
        return command;
    }
}
