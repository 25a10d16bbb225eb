using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Policy;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Storage.Tests.Journal;

/// <summary>Commits as a session would make them.</summary>
internal static class Samples
{
    internal static readonly TenantId Tenant = new("demo");
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static long lastSession = Random.Shared.Next(1, 1000) * 1_000_000L;

    internal static SessionId NewSession() => new(Interlocked.Increment(ref lastSession));

    internal static SessionPlan Plan(int steps = 3, string digest = "plan-1") => new()
    {
        Digest = digest,
        RunbookId = "rb-sample",
        RunbookVersion = 1,
        RunbookDigest = "rb-digest",
        Title = "Sample",
        EnvironmentProfile = EnvironmentProfile.DevFlex,
        Environment = TargetEnvironment.Dev,
        ValidationMode = ValidationMode.CriticalOnly,
        SandboxProfile = "dev-flex",
        Requirements = new(),
        PolicyRevision = "p1",
        Steps = [.. Enumerable.Range(1, steps).Select(n => new PlannedStep
        {
            Number = n,
            Name = $"Step {n}",
            Phase = StepPhase.Main,
            Command = new() { Argv = ["/bin/echo", $"hello {n}"] },
            SandboxProfile = "dev-flex",
            Decision = PolicyDecision(),
            Digest = $"step-{n}",
            Rollback = n == 1 ? new(new() { Argv = ["/bin/true"] }, 60, ["failure"]) : null,
        })],
    };

    /// <summary>A create with its first events.</summary>
    internal static SessionCommit Create(SessionId session, string? ticket = null, TenantId? tenant = null, IdempotencyMark? mark = null, int events = 2)
    {
        var owner = tenant ?? Tenant;
        return new()
        {
            Session = session,
            Tenant = owner,
            ExpectedSeq = 0,
            Events = Events(owner, session, 0, EventChain.Genesis(owner, session), events, "created"),
            Plan = Plan(),
            Steps = [.. Plan().Steps.Select(s => new StepRow { StepNumber = s.Number, State = StepState.Pending, Planned = s })],
            Idempotency = mark,
            IdempotentStatus = 201,
            Row = new()
            {
                State = SessionState.Queued,
                UpdatedAt = DateTimeOffset.UtcNow,
                Static = new()
                {
                    TicketId = ticket ?? $"INC-{session}",
                    RunbookId = "rb-sample",
                    RunbookVersion = 1,
                    RunbookDigest = "rb-digest",
                    PlanDigest = "plan-1",
                    ValidationMode = ValidationMode.CriticalOnly,
                    Environment = TargetEnvironment.Dev,
                    EnvironmentProfile = EnvironmentProfile.DevFlex,
                    SandboxProfile = "dev-flex",
                    RequestedBy = "olga",
                    CreatedAt = Start,
                },
            },
        };
    }

    /// <summary>The next commit after <paramref name="before"/>.</summary>
    internal static SessionCommit After(SessionCommit before, int events = 3, string note = "next", SessionState state = SessionState.Executing) => new()
    {
        Session = before.Session,
        Tenant = before.Tenant,
        ExpectedSeq = before.Events[^1].EventId,
        Events = Events(before.Tenant, before.Session, before.Events[^1].EventId, before.Events[^1].Hash, events, note),
        Row = new() { State = state, UpdatedAt = DateTimeOffset.UtcNow, CurrentStep = 1, WorkerId = new("w1"), StartedAt = Start },
    };

    internal static StoredEvent Output(long eventId, int step, string chunkType, string jsonData) => new()
    {
        SessionId = default,
        EventId = eventId,
        EventType = EventTypes.StepOutput,
        StepNumber = step,
        Payload = $$"""{"stream_seq":{{eventId}},"chunk_type":"{{chunkType}}","data":"{{jsonData}}"}""",
        Actor = "worker:w1",
        CreatedAt = Start,
        Hash = default,
    };

    /// <summary>A commit with exactly these events, numbered and sealed.</summary>
    internal static SessionCommit After(SessionCommit before, params StoredEvent[] events)
    {
        var hash = before.Events[^1].Hash;
        var seq = before.Events[^1].EventId;
        var sealedEvents = events.Select(e =>
        {
            var stored = EventChain.Seal(hash, e with { SessionId = before.Session, EventId = ++seq });
            hash = stored.Hash;
            return stored;
        }).ToImmutableArray();
        return After(before, 1) with { Events = sealedEvents };
    }

    private static ImmutableArray<StoredEvent> Events(
        TenantId tenant, SessionId session, long after, ImmutableArray<byte> hash, int count, string note)
    {
        var events = ImmutableArray.CreateBuilder<StoredEvent>(count);
        for (var n = 1; n <= count; n++)
        {
            var stored = EventChain.Seal(hash, new()
            {
                SessionId = session,
                EventId = after + n,
                EventType = EventTypes.StepStarted,
                StepNumber = 1,
                Payload = $$"""{"note":"{{note}}","n":{{n}},"tenant":"{{tenant}}","text":"größer als ASCII, and about as long as a usual payload"}""",
                Actor = "system",
                WorkerId = "w1",
                TraceId = "4bf92f3577b34da6a3ce929d0e0e4736",
                CreatedAt = Start.AddMilliseconds(after + n),
                Hash = default,
            });
            events.Add(stored);
            hash = stored.Hash;
        }
        return events.DrainToImmutable();
    }

    private static PolicyDecision PolicyDecision() => new() { Verdict = Verdict.Allow, Reason = "allowed", Revision = "p1" };
}
