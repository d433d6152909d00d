namespace EhrLedger.Cli.Shell;

/// <summary>Files that a command was told of. What can't be read or written ends the command with one line.</summary>
internal static class LocalFile
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">As typed.</param>
    /// <param name="most">A longer one is refused, in bytes.</param>
    /// <exception cref="CommandException">It can't be read, or is too long.</exception>
    public static byte[] Read(string path, long most)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > most)
            {
                throw new CommandException(ExitCode.Usage, $"{path} has more than {most:N0} bytes.");
            }

            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception unreadable) when (IsOfTheSystem(unreadable))
        {
            throw new CommandException(ExitCode.Usage, $"{path} can't be read.");
        }
    }

    /// <summary>Writes a file so that after a crash the old or the new one is there, whole.</summary>
    /// <exception cref="CommandException">It can't be written.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            var temporary = path + ".new";
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception unwritable) when (IsOfTheSystem(unwritable))
        {
            throw new CommandException(ExitCode.Usage, $"{path} can't be written.");
        }
    }

    /// <summary>Whether a file or folder is at fault, and not this program.</summary>
    public static bool IsOfTheSystem(Exception exception) => exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;
}
