namespace EhrLedger.Benchmarks.Running;

/// <summary>docs/benchmarks.md: a section for each benchmark, between marks, so that one can be run again alone. What stands outside the marks is written by hand.</summary>
internal static class ResultsFile
{
    public static void Keep(Section section)
    {
        if (FindRoot() is not { } root)
        {
            Console.WriteLine("No EhrLedger.sln above this program: nothing is kept.");
            return;
        }

        var path = Path.Combine(root, "docs", "benchmarks.md");
        var text = File.Exists(path) ? File.ReadAllText(path) : "# Benchmarks\n";
        var (start, end) = ($"<!-- {section.Name} -->\n", $"<!-- /{section.Name} -->\n");
        var block = $"{start}{section.ToMarkdown()}{end}";
        var from = text.IndexOf(start, StringComparison.Ordinal);
        var to = text.IndexOf(end, StringComparison.Ordinal);
        File.WriteAllText(path, from < 0 || to < from ? $"{text}\n{block}" : string.Concat(text.AsSpan(0, from), block, text.AsSpan(to + end.Length)));
    }

    public static string? FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "EhrLedger.sln")))
            {
                return folder.FullName;
            }
        }

        return null;
    }
}
