namespace EhrLedger.Node.Storage.Records;

/// <summary>How many rows each subject has had, as the tables say it.</summary>
internal static class SubjectCounters
{
    private const string Columns = "NextWrite, COALESCE((SELECT MAX(Number) + 1 FROM read_rows WHERE read_rows.Subject = subjects.Subject), 0)";

    /// <summary>Numbers that a subject's next rows get; zeros for one that has had none.</summary>
    public static (ulong Write, ulong Read) Of(SqliteSession session, byte[] subject) =>
        session.Find($"SELECT {Columns} FROM subjects WHERE Subject = $1", row => ((ulong)row.GetInt64(0), (ulong)row.GetInt64(1)), subject);

    /// <summary>The same of every subject, by its key in hex.</summary>
    public static Dictionary<string, (ulong Write, ulong Read)> All(SqliteSession session) => session
        .Query($"SELECT Subject, {Columns} FROM subjects", row => (Subject: Convert.ToHexString(row.GetBytes(0)), Write: (ulong)row.GetInt64(1), Read: (ulong)row.GetInt64(2)))
        .ToDictionary(row => row.Subject, row => (row.Write, row.Read));
}
