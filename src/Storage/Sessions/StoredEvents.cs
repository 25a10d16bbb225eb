using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Storage.Rows;
using Npgsql;

namespace Cavra.Actors.Storage.Sessions;

/// <summary>Rows of <c>execution_events</c> as events.</summary>
internal static class StoredEvents
{
    internal const string Columns = "event_id, step_number, event_type, payload, actor, worker_id, trace_id, created_at, hash";

    internal static StoredEvent Read(NpgsqlDataReader reader, SessionId session) => new()
    {
        SessionId = session,
        EventId = reader.GetInt64(0),
        StepNumber = reader.IntegerOrNull(1),
        EventType = string.Intern(reader.GetString(2)),
        Payload = reader.GetString(3),
        Actor = reader.GetString(4),
        WorkerId = reader.TextOrNull(5),
        TraceId = reader.TextOrNull(6),
        CreatedAt = new(reader.GetDateTime(7)),
        Hash = ImmutableCollectionsMarshal.AsImmutableArray(reader.GetFieldValue<byte[]>(8)),
    };

    internal static async Task<ImmutableArray<StoredEvent>> ReadAllAsync(NpgsqlDataReader reader, SessionId session, CancellationToken cancellationToken)
    {
        var events = ImmutableArray.CreateBuilder<StoredEvent>();
        while (await reader.ReadAsync(cancellationToken)) events.Add(Read(reader, session));
        return events.DrainToImmutable();
    }
}
