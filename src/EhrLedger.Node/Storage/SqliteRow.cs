using SQLitePCL;

namespace EhrLedger.Node.Storage;

/// <summary>The row that a statement stands on. Good only within the function that is given it.</summary>
/// <remarks>SQLite would make a number of any text, and bytes of any number. A value of another type than is asked for can only be damage, and throws an InvalidCastException.</remarks>
internal readonly struct SqliteRow(sqlite3_stmt statement)
{
    public bool IsNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL;

    /// <summary>0 for NULL.</summary>
    public long GetInt64(int column)
    {
        Require(column, raw.SQLITE_INTEGER);
        return raw.sqlite3_column_int64(statement, column);
    }

    /// <summary>False for NULL.</summary>
    public bool GetBoolean(int column) => GetInt64(column) != 0;

    /// <summary>A copy; empty for NULL.</summary>
    public byte[] GetBytes(int column)
    {
        Require(column, raw.SQLITE_BLOB);
        return raw.sqlite3_column_blob(statement, column).ToArray();
    }

    private void Require(int column, int type)
    {
        var found = raw.sqlite3_column_type(statement, column);
        if (found != type && found != raw.SQLITE_NULL)
        {
            throw new InvalidCastException("A column holds a value of another type.");
        }
    }
}
