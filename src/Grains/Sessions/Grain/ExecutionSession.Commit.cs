using System.Collections.Immutable;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;

namespace Cavra.Actors.Sessions;

internal sealed partial class ExecutionSession
{
    private IAsyncStream<SessionEvents>? _stream;

    /// <summary>
    /// The one way in which anything becomes true: all events of a turn with their rows in one append; then memory follows, then whoever listens is told.
    /// When the outcome is not known, memory is read anew before anything else happens.
    /// </summary>
    private async ValueTask<AppendOutcome> Commit(Session after, IReadOnlyList<SessionEvent> events, CommitExtras extras)
    {
        if (events.Count == 0)
        {
            _session = after;
            return AppendOutcome.Committed;
        }

        var before = _session;
        var stored = Seal(before, after, events);
        var now = events[0].At;
        var result = await journal.Append(new()
        {
            Session = after.Id,
            Tenant = after.Tenant,
            ExpectedSeq = before?.LastSeq ?? 0,
            Events = stored,
            Row = SessionRows.Row(before, after, now),
            Steps = SessionRows.Steps(before, after),
            Assignments = SessionRows.Assignments(before, after, now),
            Plan = before is null ? after.Plan : null,
            Idempotency = extras.Command?.Idempotency,
            IdempotentStatus = extras.Command switch { CreateSession => 201, RollBackSession => 202, _ => 200 },
            Audit = SessionNotices.Moves(after, extras.By, now, _traceId, extras.Action, events, extras.Command?.Actor.Ip) is { } moves ? extras.Audit.Insert(0, moves) : extras.Audit,
            Outbox = SessionNotices.Outbox(after, stored[0].EventId, events),
        });
        extras.Result = result;
        switch (result.Outcome)
        {
            case AppendOutcome.Committed:
                _session = after;
                _lastHash = stored[^1].Hash;
                _lastCommitAt = time.GetUtcNow();
                NoteDeparture(before, after);
                Publish(stored);
                TellEnd();
                break;
            case AppendOutcome.Conflict:
                // Another activation wrote first: it has the session now.
                LogConflict(Id, before?.LastSeq ?? 0);
                _suspect = true;
                DeactivateOnIdle();
                break;
            case AppendOutcome.Unavailable:
                LogUnavailable(Id, before?.LastSeq ?? 0);
                _suspect = true;
                GiveGrace();
                Arm();
                break;
            case AppendOutcome.Overloaded:
                GiveGrace();
                _retry = true;
                Arm();
                break;
        }

        return result.Outcome;
    }

    private ImmutableArray<StoredEvent> Seal(Session? before, Session after, IReadOnlyList<SessionEvent> events)
    {
        var stored = ImmutableArray.CreateBuilder<StoredEvent>(events.Count);
        var hash = before is null ? EventChain.Genesis(after.Tenant, after.Id) : _lastHash;
        var seq = before?.LastSeq ?? 0;
        foreach (var happened in events)
        {
            var row = new StoredEvent
            {
                SessionId = after.Id,
                EventId = ++seq,
                EventType = happened.Type,
                StepNumber = happened.Step,
                Payload = SessionEventJson.Encode(happened),
                Actor = happened.By,
                WorkerId = happened.Holder,
                TraceId = _traceId,
                CreatedAt = happened.At,
                Hash = [],
            };
            hash = EventChain.Next(hash, row);
            stored.Add(row with { Hash = hash });
        }

        return stored.MoveToImmutable();
    }

    /// <summary>A hint for readers; they fill gaps from the table, so a failure here is only noted.</summary>
    private void Publish(ImmutableArray<StoredEvent> events)
    {
        _stream ??= this.GetStreamProvider(SessionEvents.StreamProvider).GetStream<SessionEvents>(StreamId.Create(SessionEvents.StreamNamespace, Id.Value));
        _ = Tell(_stream, new(Id, events));

        async Task Tell(IAsyncStream<SessionEvents> stream, SessionEvents news)
        {
            try
            {
                await stream.OnNextAsync(news);
            }
            catch (Exception e)
            {
                LogPublishFailed(e, Id);
            }
        }
    }

    /// <summary>What goes along with an append, and how it ended.</summary>
    private sealed class CommitExtras
    {
        public string By { get; init; } = "system";
        public string? Action { get; init; }
        public SessionCommand? Command { get; init; }
        public ImmutableArray<AuditEntry> Audit { get; init; } = [];
        public AppendResult Result { get; set; }
    }
}
