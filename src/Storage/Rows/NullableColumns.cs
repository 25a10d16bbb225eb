using Npgsql;

namespace Cavra.Actors.Storage.Rows;

/// <summary>Columns that may be null. Rows are read whole, so nothing here waits.</summary>
internal static class NullableColumns
{
    internal static string? TextOrNull(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    internal static int? IntegerOrNull(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt32(column);

    internal static long? BigintOrNull(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

    internal static DateTimeOffset? InstantOrNull(this NpgsqlDataReader reader, int column)
        => reader.IsDBNull(column) ? null : new DateTimeOffset(reader.GetDateTime(column));
}
