using System.CommandLine;
using System.CommandLine.Invocation;
using EhrLedger.Cli.Audits;
using EhrLedger.Cli.Clients;
using EhrLedger.Cli.Importing;
using EhrLedger.Cli.Keys;
using EhrLedger.Cli.Proofs;
using EhrLedger.Cli.Shell;

namespace EhrLedger.Cli;

/// <summary>The commands of <c>ehrledger</c>: docs/cli.md.</summary>
internal static class CommandLine
{
    /// <summary>Runs what the arguments ask for. Never throws: a finding is one line on the output, whatever else goes wrong one line on the error stream.</summary>
    /// <param name="args">As typed, without the program's name.</param>
    /// <param name="surroundings">What commands reach.</param>
    /// <param name="cancellationToken">Stops the command where nothing is lost.</param>
    public static async Task<ExitCode> RunAsync(string[] args, Surroundings surroundings, CancellationToken cancellationToken)
    {
        var terminal = surroundings.Terminal;
        try
        {
            var parsed = Build(surroundings).Parse(args);
            if (parsed.Action is ParseErrorAction)
            {
                throw new CommandException(ExitCode.Usage, $"{Printable.Line(parsed.Errors[0].Message)} See {Spell(parsed.CommandResult.Command)} --help.");
            }

            var streams = new InvocationConfiguration { Output = terminal.Output, Error = terminal.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return (ExitCode)await parsed.InvokeAsync(streams, cancellationToken).ConfigureAwait(false);
        }
        catch (CommandException found) when (found.ExitCode == ExitCode.Finding)
        {
            terminal.Say(found.Message);
            return found.ExitCode;
        }
        catch (CommandException failed)
        {
            terminal.Note(failed.Message);
            return failed.ExitCode;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            terminal.Note("Stopped.");
            return ExitCode.Cancelled;
        }
#pragma warning disable CA1031 // The last resort: the text of an exception may hold anything, so only its kind is told.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            terminal.Note($"ehrledger failed ({fault.GetType().Name}). This is a fault of the program.");
            return ExitCode.Fault;
        }
    }

    private static RootCommand Build(Surroundings surroundings) => new("What operators, auditors and insurers do with EhrLedger from a shell.")
    {
        new Command("log", "Checks the published ledger of a node.") { AuditCommand.Build(surroundings), HeadCommand.Build(surroundings) },
        new Command("proof", "Proofs that an entry stands in the ledger.") { VerifyCommand.Build(surroundings), GetCommand.Build(surroundings) },
        ImportCommand.Build(surroundings),
        ClientCommands.Build(surroundings),
        UserCommands.Build(surroundings),
        HoldCommands.Build(surroundings),
        new Command("keys", "Looks at keys and names, and keeps none.")
        {
            new Command("phrase", "A wallet's 24 words.") { PhraseCheckCommand.Build(surroundings) },
            DidCommand.Build(surroundings),
        },
    };

    private static string Spell(Symbol symbol)
    {
        var parent = symbol.Parents.FirstOrDefault();
        return parent is null ? "ehrledger" : $"{Spell(parent)} {symbol.Name}";
    }
}
