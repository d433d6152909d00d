namespace Quickstart;

/// <summary>What the command line says.</summary>
internal sealed record Options(string Data, string? Keep, bool Serve)
{
    public const string Usage = """
        Quickstart [--data FILE|DIR] [--keep DIR] [--serve]
          --data   a FHIR transaction Bundle, or a folder of them (hospitals and practitioners first); by default a made-up patient
          --keep   runs in this new or empty folder and leaves every database, key store and log file there
          --serve  leaves the three nodes running at the end, until Ctrl+C, with a card for a wallet of your own
        """;

    public static Options? TryParse(string[] args)
    {
        var options = new Options(Path.Combine(AppContext.BaseDirectory, "data"), null, false);
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--data" when i + 1 < args.Length:
                    options = options with { Data = Path.GetFullPath(args[++i]) };
                    break;
                case "--keep" when i + 1 < args.Length:
                    options = options with { Keep = Path.GetFullPath(args[++i]) };
                    break;
                case "--serve":
                    options = options with { Serve = true };
                    break;
                default:
                    return null;
            }
        }

        return File.Exists(options.Data) || Directory.Exists(options.Data) ? options : null;
    }
}
