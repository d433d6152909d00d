using SQLitePCL;

namespace EhrLedger.Node.Storage;

/// <summary>A parameter of a statement: NULL, a number or bytes.</summary>
internal readonly struct SqliteValue
{
    private readonly byte[]? _bytes;
    private readonly long? _number;

    private SqliteValue(byte[]? bytes, long? number) => (_bytes, _number) = (bytes, number);

    public static implicit operator SqliteValue(byte[]? bytes) => new(bytes, null);

    public static implicit operator SqliteValue(long number) => new(null, number);

    public static implicit operator SqliteValue(long? number) => new(null, number);

    public static implicit operator SqliteValue(bool flag) => new(null, flag ? 1 : 0);

    /// <summary>Returns SQLite's result code.</summary>
    public int BindTo(sqlite3_stmt statement, int place) =>
        _bytes is not null ? raw.sqlite3_bind_blob(statement, place, _bytes)
        : _number is { } number ? raw.sqlite3_bind_int64(statement, place, number)
        : raw.sqlite3_bind_null(statement, place);
}
