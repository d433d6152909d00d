using EhrLedger.Cli.Shell;
using EhrLedger.MerkleLog.Auditing;

namespace EhrLedger.Cli.Audits;

/// <summary>Follows an audit bundle by bundle: commits the rules, shows the pace, and saves once a minute so that a crash costs no more than that.</summary>
/// <param name="start">Where the audit begins.</param>
/// <param name="path">Where to save; null for nowhere.</param>
/// <param name="line">Shows it.</param>
/// <param name="time">The clock.</param>
internal sealed class AuditMeter(AuditFile start, string? path, ProgressLine line, TimeProvider time) : IProgress<AuditProgress>
{
    private static readonly TimeSpan SaveEvery = TimeSpan.FromMinutes(1);

    private readonly long _startedAt = time.GetTimestamp();
    private long _savedAt = time.GetTimestamp();
    private AuditState _reached = start.State;

    /// <summary>Number of entries that are checked, those of earlier audits too.</summary>
    public ulong Checked => _reached.Size;

    /// <inheritdoc/>
    public void Report(AuditProgress value)
    {
        _reached = value.Resume;
        start.Rules.Commit();
        line.Show(() => Text(value.Size));
        if (time.GetElapsedTime(_savedAt) > SaveEvery)
        {
            Save();
        }
    }

    /// <summary>Writes how far it is.</summary>
    /// <exception cref="CommandException">The file can't be written.</exception>
    public void Save()
    {
        if (path is not null)
        {
            LocalFile.Replace(path, (start with { State = _reached }).Encode());
            _savedAt = time.GetTimestamp();
        }
    }

    private string Text(ulong size)
    {
        var done = _reached.Size - start.State.Size;
        var rate = done / Math.Max(time.GetElapsedTime(_startedAt).TotalSeconds, 0.001);
        return $"{_reached.Size:N0} of {size:N0} entries ({(double)_reached.Size / size:P0}), {rate:N0} entries/s";
    }
}
