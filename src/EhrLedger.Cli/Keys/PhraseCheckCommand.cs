using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using EhrLedger.Cli.Shell;
using EhrLedger.Crypto.Phrase;

namespace EhrLedger.Cli.Keys;

/// <summary><c>keys phrase check</c>: whether 24 words were written down right. They are read from the input, shown nowhere and kept nowhere.</summary>
internal static class PhraseCheckCommand
{
    // What SeedPhrase reads at most; the rest of an endless input is of no interest.
    private const int Longest = 1001;

    /// <summary>Makes the command.</summary>
    public static Command Build(Surroundings surroundings)
    {
        var command = new Command("check", "Reads 24 words from the input, without showing them, and says whether they are a phrase.");
        // A read of a key can't be given up, but the process may end around it.
        command.SetAction(async (_, cancellationToken) =>
            (int)await Task.Run(() => Run(surroundings.Terminal), cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false));
        return command;
    }

    private static ExitCode Run(Terminal terminal)
    {
        if (!SeedPhrase.TryParse(Read(terminal), out var entropy))
        {
            terminal.Say($"Finding: these are not {SeedPhrase.WordCount} words of the list with the right checksum. A word is misspelt, missing, or in the wrong place.");
            return ExitCode.Finding;
        }

        CryptographicOperations.ZeroMemory(entropy);
        terminal.Say($"Fine: {SeedPhrase.WordCount} words, and the checksum is right.");
        return ExitCode.Fine;
    }

    private static string Read(Terminal terminal)
    {
        if (terminal.ReadHiddenKey is not { } readKey)
        {
            var buffer = new char[Longest];
            return new string(buffer, 0, terminal.Input.ReadBlock(buffer, 0, Longest));
        }

        terminal.Error.Write("The words (they are not shown), then Enter: ");
        var typed = new StringBuilder();
        for (var key = readKey(); key.Key != ConsoleKey.Enter; key = readKey())
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (typed.Length < Longest && !char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }

        terminal.Note("");
        var words = typed.ToString();
        typed.Clear();
        return words;
    }
}
