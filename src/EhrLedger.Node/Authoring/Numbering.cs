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
        foreach (var (link, (write, read)) in _next)
        {
            session.Execute(
                "INSERT INTO subjects (Subject, PatientId, NextWrite, NextRead) VALUES ($1, $2, $3, $4) ON CONFLICT (Subject) DO UPDATE SET NextWrite = $3, NextRead = $4",
                link.Subject.Key.ToArray(),
                link.PatientId,
                (long)write,
                (long)read);
        }
    }

    public void Apply()
    {
        foreach (var (link, (write, read)) in _next)
        {
            (link.NextWrite, link.NextRead) = (write, read);
        }
    }
}
