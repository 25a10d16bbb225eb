using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;
using Cavra.Actors.Queries;
using Cavra.Actors.Storage.Connections;
using Cavra.Actors.Storage.Rows;
using Npgsql;

namespace Cavra.Actors.Storage.Approvals;

/// <summary>The inbox, and a session's tasks.</summary>
internal sealed class ApprovalReader(DatabaseReads database) : IApprovalReader
{
    private const string Columns = """
        SELECT a.task, (SELECT s.approval_id FROM approval_tasks s WHERE s.escalated_from = a.approval_id AND s.tenant_id = a.tenant_id LIMIT 1)
        FROM approval_tasks a WHERE a.tenant_id = $1
        """;

    // Open tasks by the time that is left, all others by age, newest first.
    private const string Open = $"""
        {Columns} AND a.undecided AND ($2::timestamptz IS NULL OR (a.expires_at, a.approval_id) > ($2, $3::text))
        ORDER BY a.expires_at, a.approval_id LIMIT $4
        """;

    private const string Rest = $"""
        {Columns} AND ($5 OR NOT a.undecided) AND ($2::timestamptz IS NULL OR (a.requested_at, a.approval_id) < ($2, $3::text))
        ORDER BY a.requested_at DESC, a.approval_id DESC LIMIT $4
        """;

    private const string OfOneSession = $"{Columns} AND a.session_id = $2 ORDER BY a.ordinal";

    public async Task<Page<ApprovalItem>> List(TenantId tenant, string state, int limit, string? cursor, CancellationToken cancellation)
    {
        var key = Cursors.Read(cursor, 2);
        var at = key is null ? (DateTime?)null : InstantOf(key[0]);
        List<object?> parameters = [tenant.Value, new NpgsqlParameter<DateTime?> { TypedValue = at }, key?[1], limit + 1];
        if (state != "open") parameters.Add(state == "all");
        var items = await database.AsTenantAsync(tenant, DatabaseReads.Sql(state == "open" ? Open : Rest, parameters), ReadAsync, cancellation);
        if (items.Count <= limit) return new([.. items], null);
        items.RemoveAt(limit);
        var last = items[^1];
        return new([.. items], Cursors.Of((state == "open" ? last.ExpiresAt!.Value : last.RequestedAt).UtcTicks, last.ApprovalId));
    }

    public async Task<IReadOnlyList<ApprovalItem>> OfSession(TenantId tenant, SessionId session, CancellationToken cancellation)
        => await database.AsTenantAsync(tenant, DatabaseReads.Sql(OfOneSession, tenant.Value, session.Value), ReadAsync, cancellation);

    private static DateTime InstantOf(string part)
    {
        var ticks = Cursors.Number(part);
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks ? new(ticks, DateTimeKind.Utc) : throw new BadCursorException();
    }

    private static async Task<List<ApprovalItem>> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var items = new List<ApprovalItem>();
        while (await reader.ReadAsync(cancellationToken))
            items.Add(ApprovalRows.Item(ApprovalRows.Parse(reader.GetString(0)), reader.TextOrNull(1) is { } id ? new ApprovalId(id) : null));
        return items;
    }
}
