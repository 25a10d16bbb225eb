using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace Cavra.Actors.Storage.Rows;

/// <summary>A column of rows that travel as arrays, one parameter a column, whatever their number: the statement's text never changes.</summary>
internal abstract class Column(string name, string type)
{
    internal string Name { get; } = name;

    internal string Type { get; } = type;

    internal abstract NpgsqlParameter Parameter();

    internal abstract void Clear();
}

internal sealed class Column<T>(string name, string type, NpgsqlDbType element) : Column(name, type)
{
    private readonly List<T> _values = [];

    internal void Add(T value) => _values.Add(value);

    internal override NpgsqlParameter Parameter() => new NpgsqlParameter<List<T>> { TypedValue = _values, NpgsqlDbType = NpgsqlDbType.Array | element };

    internal override void Clear() => _values.Clear();
}

/// <summary>Rows of one kind, gathered column by column and unpacked by <c>unnest</c> in the server. Reused from batch to batch.</summary>
internal abstract class RowSet
{
    private readonly List<Column> _columns = [];

    internal int Count { get; private set; }

    internal void Clear()
    {
        Count = 0;
        foreach (var column in _columns) column.Clear();
    }

    internal void AddParameters(NpgsqlParameterCollection parameters)
    {
        foreach (var column in _columns) parameters.Add(column.Parameter());
    }

    /// <summary>Text such as <c>unnest($1::bigint[], $2::text[]) AS e(session_id, event_type)</c>; <paramref name="next"/> is the next free parameter.</summary>
    internal string Unnest(string alias, ref int next)
    {
        var arrays = new StringBuilder();
        foreach (var column in _columns) arrays.Append(arrays.Length > 0 ? ", " : "").Append('$').Append(next++).Append("::").Append(column.Type).Append("[]");
        return $"unnest({arrays}) AS {alias}({string.Join(", ", _columns.Select(c => c.Name))})";
    }

    protected void Counted() => Count++;

    protected Column<string?> Text(string name) => Own(new Column<string?>(name, "text", NpgsqlDbType.Text));

    protected Column<long> Bigint(string name) => Own(new Column<long>(name, "bigint", NpgsqlDbType.Bigint));

    protected Column<long?> BigintOrNull(string name) => Own(new Column<long?>(name, "bigint", NpgsqlDbType.Bigint));

    protected Column<int> Integer(string name) => Own(new Column<int>(name, "integer", NpgsqlDbType.Integer));

    protected Column<int?> IntegerOrNull(string name) => Own(new Column<int?>(name, "integer", NpgsqlDbType.Integer));

    protected Column<bool> Boolean(string name) => Own(new Column<bool>(name, "boolean", NpgsqlDbType.Boolean));

    protected Column<DateTime> Instant(string name) => Own(new Column<DateTime>(name, "timestamptz", NpgsqlDbType.TimestampTz));

    protected Column<DateTime?> InstantOrNull(string name) => Own(new Column<DateTime?>(name, "timestamptz", NpgsqlDbType.TimestampTz));

    protected Column<byte[]?> Bytes(string name) => Own(new Column<byte[]?>(name, "bytea", NpgsqlDbType.Bytea));

    private T Own<T>(T column)
        where T : Column
    {
        _columns.Add(column);
        return column;
    }
}
