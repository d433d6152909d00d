using System.Text;
using EhrLedger.Cli.Shell;
using EhrLedger.Crypto;

namespace EhrLedger.Cli.Importing;

/// <summary>
/// Which files have been sent, so that an import that was cut short goes on: lines of text, each on the disk before the next step is taken. A line that was torn by a crash is dropped
/// when the file is opened. Files are named by the SHA-256 of their content, because their names may hold patients' names. Thread-safe.
/// </summary>
/// <remarks><c>ehrledger-import 1</c>, <c>server URL</c>, then <c>begun</c>, <c>done</c> or <c>refused</c> and a digest; the last line about a file counts.</remarks>
internal sealed class ImportState : IDisposable
{
    private const string Heading = "ehrledger-import 1\n";
    private const int LongestLine = 2_500;

    private readonly Lock _lock = new();
    private readonly FileStream _file;
    private readonly Dictionary<Digest, ImportMark> _marks = [];

    private ImportState(FileStream file) => _file = file;

    /// <summary>Opens the state of an import into a server, or begins one. No second process may have it open.</summary>
    /// <exception cref="CommandException">The file can't be used: it is another thing, another server's, or in use.</exception>
    public static ImportState Open(string path, Uri server)
    {
        ImportState? state = null;
        try
        {
            state = new ImportState(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1));
            return state.Load(path, server);
        }
        catch (Exception unusable) when (LocalFile.IsOfTheSystem(unusable))
        {
            state?.Dispose();
            throw new CommandException(ExitCode.Usage, $"The state file {path} can't be written, or another import has it open. Name another one with --state.");
        }
        catch (CommandException)
        {
            state?.Dispose();
            throw;
        }
    }

    /// <summary>What is known of a file. Null for one that was never sent.</summary>
    public ImportMark? Find(Digest file)
    {
        lock (_lock)
        {
            return _marks.TryGetValue(file, out var mark) ? mark : null;
        }
    }

    /// <summary>Writes a mark, and returns when it is on the disk.</summary>
    /// <exception cref="CommandException">It can't be written.</exception>
    public void Mark(Digest file, ImportMark mark)
    {
        lock (_lock)
        {
            Append($"{NameOf(mark)} {file}\n");
            _marks[file] = mark;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static string NameOf(ImportMark mark) => mark switch
    {
        ImportMark.Begun => "begun",
        ImportMark.Done => "done",
        ImportMark.Refused => "refused",
    };

    private ImportState Load(string path, Uri server)
    {
        var heading = $"{Heading}server {server.AbsoluteUri}\n";
        using var reader = new StreamReader(_file, Encoding.UTF8, leaveOpen: true);
        var text = reader.ReadToEnd();
        var whole = text[..(text.LastIndexOf('\n') + 1)];
        if (heading.StartsWith(text, StringComparison.Ordinal))
        {
            // Empty, or torn while it was begun: nothing was sent then.
            Cut(0);
            Append(heading);
            return this;
        }

        if (!whole.StartsWith(heading, StringComparison.Ordinal))
        {
            throw new CommandException(
                ExitCode.Usage, whole.StartsWith(Heading, StringComparison.Ordinal) ? $"{path} is of an import into another server." : $"{path} is no state of an import.");
        }

        foreach (var line in whole[heading.Length..].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Parse(line) is not var (file, mark))
            {
                throw new CommandException(ExitCode.Usage, $"{path} is damaged. Name a new one with --state; what was imported may then be imported again.");
            }

            _marks[file] = mark;
        }

        Cut(Encoding.UTF8.GetByteCount(whole));
        return this;
    }

    private static (Digest File, ImportMark Mark)? Parse(string line) =>
        line.Length < LongestLine && line.Split(' ') is [var name, var hex] && Digest.TryParseHex(hex, out var file)
            && Enum.GetValues<ImportMark>().Where(mark => NameOf(mark) == name).ToArray() is [var found]
            ? (file, found)
            : null;

    private void Cut(long length)
    {
        _file.SetLength(length);
        _file.Seek(0, SeekOrigin.End);
    }

    private void Append(string text)
    {
        try
        {
            _file.Write(Encoding.UTF8.GetBytes(text));
            _file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            throw new CommandException(ExitCode.Usage, "The state file can't be written any more; the import stops.");
        }
    }
}

/// <summary>What became of a file.</summary>
internal enum ImportMark
{
    /// <summary>It was being sent. Whether the server took it is not known unless another mark follows.</summary>
    Begun,

    /// <summary>The server took all of it.</summary>
    Done,

    /// <summary>The server took nothing of it.</summary>
    Refused,
}
