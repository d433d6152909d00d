using System.Text;

namespace EhrLedger.Benchmarks.Running;

/// <summary>What one benchmark has to say: a table, the goal, and remarks. Printed as it grows, and kept in docs/benchmarks.md.</summary>
/// <param name="name">As on the command line.</param>
/// <param name="title">The heading.</param>
/// <param name="goal">What is to be reached; null where there is none.</param>
internal sealed class Section(string name, string title, string? goal)
{
    private readonly StringBuilder _text = new();
    private readonly string _load = Machine.Load();
    private bool _inTable;

    public string Name => name;

    /// <summary>Something was left out on request: printed, and not kept.</summary>
    public bool IsPartial { get; init; }

    public void Table(params ReadOnlySpan<string> columns)
    {
        Line("");
        Line($"| {string.Join(" | ", columns!)} |");
        Line($"|{string.Concat(Enumerable.Repeat("---|", columns.Length))}");
        _inTable = true;
    }

    public void Row(params ReadOnlySpan<string> cells) => Line($"| {string.Join(" | ", cells!)} |");

    public void Say(string sentence)
    {
        if (_inTable)
        {
            Line("");
            _inTable = false;
        }

        Line(sentence);
    }

    public string ToMarkdown() =>
        $"## {title}\n\n{(goal is null ? "" : $"Goal: {goal}\n")}{_text}\nMeasured on {Machine.Describe()}; load of the machine when it began: {_load} (of {Environment.ProcessorCount} for all cores).\n";

    private void Line(string line)
    {
        _text.Append(line).Append('\n');
        Console.WriteLine(line);
    }
}
