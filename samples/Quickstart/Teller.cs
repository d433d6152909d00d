using System.Diagnostics;
using System.Globalization;

namespace Quickstart;

/// <summary>Says what happens in plain words, and remembers how long each step took.</summary>
internal sealed class Teller
{
    private readonly List<(string Step, TimeSpan Time)> _times = [];

    public async Task<T> StepAsync<T>(string title, Func<Task<T>> step)
    {
        Console.WriteLine();
        Console.WriteLine($"{_times.Count + 1}. {title}");
        var watch = Stopwatch.StartNew();
        var result = await step();
        _times.Add((title, watch.Elapsed));
        return result;
    }

    public static void Say(string text) => Console.WriteLine($"   {text}");

    /// <summary>Says what was checked; a check that fails ends the story.</summary>
    public static void Check(bool holds, string text)
    {
        if (!holds)
        {
            throw new StepFailedException(text);
        }

        Console.WriteLine($"   ✓ {text}");
    }

    public static void Progress(string what, long done, long total)
    {
        if (Console.IsOutputRedirected)
        {
            return;
        }

        var filled = total == 0 ? 30 : (int)(30 * done / total);
        Console.Write($"\r   [{new string('#', filled)}{new string('.', 30 - filled)}] {what}   ");
        if (done == total)
        {
            Console.WriteLine();
        }
    }

    public void Table(IEnumerable<(string Name, string Value)> figures)
    {
        Console.WriteLine();
        foreach (var (name, value) in figures)
        {
            Console.WriteLine($"   {name,-58} {value,12}");
        }

        foreach (var (step, time) in _times)
        {
            Console.WriteLine($"   {(step.Length > 58 ? step[..58] : step),-58} {string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.00} s"),12}");
        }
    }
}
