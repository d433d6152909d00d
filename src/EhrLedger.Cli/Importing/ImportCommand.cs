using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using EhrLedger.Cli.Access;
using EhrLedger.Cli.Nodes;
using EhrLedger.Cli.Shell;

namespace EhrLedger.Cli.Importing;

/// <summary><c>import URL DIR|FILE</c>: FHIR Bundles into a server.</summary>
internal static class ImportCommand
{
    private const int MostWorkers = 32;
    private const string UsualState = ".ehrledger-import";

    /// <summary>Makes the command.</summary>
    public static Command Build(Surroundings surroundings)
    {
        var command = new Command("import", "Posts FHIR Bundles to a server: directory Bundles first, each file once, also over several runs.");
        var url = NodeAddress.Argument("FHIR base URL, such as http://127.0.0.1:5080/fhir.");
        var source = new Argument<string>("PATH") { Description = "A Bundle, or a folder whose *.json files are." };
        var workers = new Option<int>("--workers")
        {
            Description = $"Patients' files that are under way at once: 1 to {MostWorkers}.",
            HelpName = "N",
            DefaultValueFactory = _ => 4,
            CustomParser = ParseWorkers,
        };
        var state = new Option<string?>("--state") { Description = $"Where to write down what was sent. Default: {UsualState} in the folder.", HelpName = "FILE" };
        var key = new Option<string?>("--client-key") { Description = "Private key of the client that the node knows: a JSON Web Key with its client_id. Default: no token is sent.", HelpName = "FILE" };
        var resend = new Option<bool>("--resend") { Description = "Sends files again that an earlier run may or may not have sent." };
        url.Validators.Add(result =>
        {
            if (result.GetValue(url) is { } address && address.Scheme == Uri.UriSchemeHttp && !address.IsLoopback)
            {
                result.AddError("Records are not sent over http to another machine, where anyone on the way can read them: use https, or a tunnel.");
            }
        });
        command.Add(url);
        command.Add(source);
        command.Add(workers);
        command.Add(state);
        command.Add(resend);
        command.Add(key);
        command.SetAction(async (parsed, cancellationToken) => (int)await RunAsync(
            surroundings,
            parsed.GetRequiredValue(url),
            parsed.GetRequiredValue(source),
            parsed.GetValue(state),
            parsed.GetValue(workers),
            parsed.GetValue(resend),
            parsed.GetValue(key),
            cancellationToken).ConfigureAwait(false));
        return command;
    }

    private static int ParseWorkers(ArgumentResult result)
    {
        if (result.Tokens is [var token] && int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= MostWorkers)
        {
            return count;
        }

        result.AddError($"--workers is 1 to {MostWorkers}.");
        return 1;
    }

    private static async Task<ExitCode> RunAsync(
        Surroundings surroundings, Uri address, string source, string? statePath, int workers, bool resend, string? keyFile, CancellationToken cancellationToken)
    {
        var (terminal, time) = (surroundings.Terminal, surroundings.Time);
        var paths = FindFiles(source);
        using var tokens = keyFile is null ? null
            : new TokenSource(surroundings.Http, TokenSource.EndpointOf(address), ClientKey.Read(keyFile), Importer.Acting, TokenSource.EveryScope, time);
        var server = new FhirServer(surroundings.Http, address, tokens);
        if (await server.FindFaultAsync(cancellationToken).ConfigureAwait(false) is { } fault)
        {
            throw new CommandException(ExitCode.Unreachable, $"{address}: {fault}.");
        }

        var line = new ProgressLine(terminal, time, quiet: false);
        var (files, unusable) = Scan(paths, line, cancellationToken);
        using var state = ImportState.Open(statePath ?? UsualStateOf(source), address);
        var meter = new ImportMeter(line, time, files.Count, files.Sum(file => file.Bytes));
        var importer = new Importer(server, state, meter, time, workers, resend);
        using var hint = cancellationToken.Register(() => line.Interrupt("Finishing what is under way; Ctrl+C again stops at once."));
        try
        {
            await importer.SendAsync(files, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            line.End();
            terminal.Say(meter.Summary() + (unusable > 0 ? $" {unusable} could not be used." : ""));
        }

        return importer.IsCutOff ? ExitCode.Unreachable : meter.Failed + unusable > 0 ? ExitCode.Finding : ExitCode.Fine;
    }

    private static string[] FindFiles(string source)
    {
        try
        {
            string[] files = Directory.Exists(source) ? Directory.GetFiles(source, "*.json") : [source];
            return files.Length > 0 ? files : throw new CommandException(ExitCode.Usage, $"{source} has no *.json files.");
        }
        catch (Exception unreadable) when (LocalFile.IsOfTheSystem(unreadable))
        {
            throw new CommandException(ExitCode.Usage, $"{source} can't be read.");
        }
    }

    private static (List<BundleFile> Files, int Unusable) Scan(string[] paths, ProgressLine line, CancellationToken cancellationToken)
    {
        var files = new List<BundleFile>();
        var unusable = 0;
        foreach (var path in paths)
        {
            cancellationToken.ThrowIfCancellationRequested();
            line.Show(() => $"Reading: {files.Count} of {paths.Length} files");
            var name = Printable.Line(Path.GetFileName(path));
            switch (BundleFile.Scan(path, LocalFile.Read(path, BundleFile.Largest)))
            {
                case BundleScan.Found(var file):
                    files.Add(file);
                    break;
                case BundleScan.NoBundle when paths.Length > 1:
                    line.Interrupt($"{name}: passed over, it is no Bundle.");
                    break;
                case BundleScan.NoBundle:
                    unusable++;
                    line.Interrupt($"{name}: it is no Bundle.");
                    break;
                case BundleScan.Unusable(var why):
                    unusable++;
                    line.Interrupt($"{name}: {why}");
                    break;
            }
        }

        return (files, unusable);
    }

    private static string UsualStateOf(string source) =>
        Path.Combine(Directory.Exists(source) ? source : Path.GetDirectoryName(Path.GetFullPath(source))!, UsualState);
}
