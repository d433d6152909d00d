using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Authoring;

/// <summary>Row numbers given out in one group commit. They count for the subjects only once the commit stands.</summary>
internal sealed class Numbering
{
    private readonly Dictionary<SubjectLink, (ulong Write, ulong Read)> _next = [];

    public ulong NextWrite(SubjectLink link)
    {
        var (write, read) = _next.GetValueOrDefault(link, (link.NextWrite, link.NextRead));
        _next[link] = (write + 1, read);
        return write;
    }

    public ulong NextRead(SubjectLink link)
    {
        var (write, read) = _next.GetValueOrDefault(link, (link.NextWrite, link.NextRead));
        _next[link] = (write, read + 1);
        return read;
    }

    public void Write(SqliteSession session)
    {
        foreach (var (link, (write, _)) in _next.Where(next => next.Value.Write > next.Key.NextWrite || IsNew(next.Key)))
        {
            session.Execute(
                "INSERT INTO subjects (Subject, PatientId, NextWrite) VALUES ($1, $2, $3) ON CONFLICT (Subject) DO UPDATE SET NextWrite = $3",
                link.Subject.Key.ToArray(),
                link.PatientId,
                (long)write);
        }
    }

    public void Apply()
    {
        foreach (var (link, (write, read)) in _next)
        {
            (link.NextWrite, link.NextRead) = (write, read);
        }
    }

    // A subject that has only been read, or asked for, has a row of its own as well.
    private static bool IsNew(SubjectLink link) => link is { NextWrite: 0, NextRead: 0 };
}
