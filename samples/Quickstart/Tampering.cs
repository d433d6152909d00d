using Microsoft.Data.Sqlite;

namespace Quickstart;

/// <summary>What a thief of the disk could do.</summary>
internal static class Tampering
{
    /// <summary>Flips one bit in the middle of the log, in the database of a node that is stopped.</summary>
    /// <returns>Index of the leaf.</returns>
    public static long FlipByte(string path)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var find = connection.CreateCommand();
        find.CommandText = "SELECT idx, leaf FROM leaves WHERE idx = (SELECT COUNT(*) / 2 FROM leaves)";
        using var row = find.ExecuteReader();
        row.Read();
        var index = row.GetInt64(0);
        var leaf = row.GetFieldValue<byte[]>(1);
        leaf[leaf.Length / 2] ^= 1;
        row.Close();
        using var change = connection.CreateCommand();
        change.CommandText = "UPDATE leaves SET leaf = $leaf WHERE idx = $idx";
        change.Parameters.AddWithValue("$leaf", leaf);
        change.Parameters.AddWithValue("$idx", index);
        change.ExecuteNonQuery();
        return index;
    }
}
