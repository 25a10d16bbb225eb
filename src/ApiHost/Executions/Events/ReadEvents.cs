using System.Text.Json;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.ApiHost.Executions.Events;

/// <summary><c>GET /api/v1/executions/{id}/events</c>: a page of stored events, waiting for the first when asked to.</summary>
internal sealed class ReadEvents(ISessionReader reader, OwnSession own, SessionFeeds feeds, TimeProvider time)
{
    private const int DefaultLimit = 200;
    private const int MaxLimit = 1000;
    private const int MaxWaitSeconds = 25;

    /// <summary>Answers <c>{events, next, last_event_seq, end}</c>.</summary>
    public async Task Handle(HttpContext context)
    {
        var query = new Query(context);
        var since = query.Number("since", 0, 0, long.MaxValue)!.Value;
        var limit = (int)query.Number("limit", DefaultLimit, 1, MaxLimit)!.Value;
        var wait = (int)query.Number("wait", 0, 0, MaxWaitSeconds)!.Value;
        if (!await query.IsGood()) return;
        if (await own.Head(context) is not { } head) return;
        var events = await reader.Events(head.TenantId, head.SessionId, since, limit, context.RequestAborted);
        if (events.Length == 0 && wait > 0 && !head.Ended && since <= head.LastEventSeq)
        {
            if (await Wait(head, since, TimeSpan.FromSeconds(wait), context.RequestAborted))
                events = await reader.Events(head.TenantId, head.SessionId, since, limit, context.RequestAborted);
        }

        var next = events.Length > 0 ? events[^1].EventId : since;
        var last = Math.Max(head.LastEventSeq, events.Length > 0 ? next : 0);
        var end = events.Length > 0 ? EventTypes.IsFinal(events[^1].EventType) : head.Ended && since >= head.LastEventSeq;
        await Answer.Json(context, StatusCodes.Status200OK, json => Page(json, head, events, next, last, end));
    }

    private static void Page(Utf8JsonWriter json, SessionHead head, System.Collections.Immutable.ImmutableArray<StoredEvent> events, long next, long last, bool end)
    {
        json.WriteStartObject();
        json.WriteStartArray("events");
        foreach (var stored in events) json.WriteRawValue(EventBytes.Of(stored, head).Utf8, skipInputValidation: true);
        json.WriteEndArray();
        json.WriteNumber("next", next);
        json.WriteNumber("last_event_seq", last);
        json.WriteBoolean("end", end);
        json.WriteEndObject();
    }

    // True when there is something after the sequence.
    private async Task<bool> Wait(SessionHead head, long since, TimeSpan bound, CancellationToken cancellation)
    {
        await using var lease = await feeds.Join(head);
        try
        {
            while (true)
            {
                var (_, changed) = lease.Feed.After(since);
                if (changed is null) return true;
                // Later rounds wait a little longer in all; a feed that signals is about to have what is asked for.
                await changed.WaitAsync(bound, time, cancellation);
            }
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
