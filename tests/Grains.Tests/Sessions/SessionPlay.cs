using System.Collections.Immutable;
using System.Text.Json;
using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers.Channel;
using static Cavra.Actors.Grains.Sessions.SessionGiven;

namespace Cavra.Actors.Grains.Sessions;

/// <summary>Plays a session by the machine alone: what comes in is decided, what is decided is kept. Checks at each turn that a replay gives the same.</summary>
internal sealed class SessionPlay
{
    private readonly SessionPlan _plan;
    private readonly List<StoredEvent> _stored = [];

    public SessionPlay(SessionPlan plan, bool create = true, SessionOptions? options = null)
    {
        _plan = plan;
        Options = options ?? SessionGiven.Options;
        if (create) Ask(new CreateSession { Actor = Operator, TicketId = "INC-1", Plan = plan });
    }

    public SessionOptions Options { get; }
    public DateTimeOffset Now { get; set; } = T0;
    public Session? Session { get; private set; }
    public List<SessionEvent> Events { get; } = [];
    public IReadOnlyList<StoredEvent> Stored => _stored;
    public Session It => Session!;
    public SessionState State => It.State;
    public AssignmentId Assignment => AssignmentId.For(Number, It.Fence);
    public WorkerId Worker => It.Placement.Worker ?? It.Former!.Placement.Worker!.Value;

    public Decision Do(SessionInput input, string by = "system")
    {
        var decision = SessionMachine.Decide(Session, input, new(Number, Now, by, Options));
        if (decision is Decision.Accepted accepted) Keep(accepted.Session, accepted.Events);
        else if (decision is Decision.Settled settled) Keep(settled.Session, settled.Events);
        return decision;
    }

    public Decision Ask(SessionCommand command) => Do(new SessionInput.Asked(command), command.Actor.Subject);

    public Decision Tell(SessionFrame frame, WorkerId? worker = null) => Do(new SessionInput.Told(worker ?? Worker, frame), "worker:" + (worker ?? Worker).Value);

    public Decision TimePasses(TimeSpan by, DateTimeOffset? ackedAt = null)
    {
        Now += by;
        return Do(new SessionInput.TimePassed(ackedAt));
    }

    public SessionPlay Offer(WorkerId? worker = null)
    {
        Do(new SessionInput.Offered(worker ?? WorkerA, TransportChannel.Websocket)).ShouldBeOfType<Decision.Accepted>();
        return this;
    }

    /// <summary>A worker is offered, says yes and is ready.</summary>
    public SessionPlay Ready(WorkerId? worker = null)
    {
        Offer(worker);
        Tell(Ack()).ShouldBeOfType<Decision.Accepted>();
        Tell(Preflight()).ShouldBeOfType<Decision.Accepted>();
        return this;
    }

    public SessionPlay Succeed() => End(StepOutcome.Succeeded, 0);

    public SessionPlay Fail() => End(StepOutcome.Failed, 1);

    public SessionPlay End(StepOutcome outcome, int? exitCode)
    {
        Tell(Started()).ShouldBeOfType<Decision.Accepted>();
        Tell(Result(outcome, exitCode)).ShouldBeOfType<Decision.Accepted>();
        return this;
    }

    public SessionPlay Vote(bool approved, string by = "anna")
    {
        var open = It.OpenApproval!;
        var vote = new ApprovalVote(by, "approver", approved, null, Now) { Held = ["approver"] };
        See(approved ? ApprovalState.Approved : ApprovalState.Rejected, null, [.. open.Votes, vote]);
        return this;
    }

    public SessionPlay WaitForRetry()
    {
        TimePasses(TimeSpan.FromSeconds(5)).ShouldBeOfType<Decision.Accepted>();
        return this;
    }

    public Decision See(ApprovalState state, string? reason, ImmutableArray<ApprovalVote> votes) => Do(new SessionInput.TaskSeen(Task(state, reason, votes)));

    public ApprovalTaskView Task(ApprovalState state, string? reason, ImmutableArray<ApprovalVote> votes) => new()
    {
        Request = SessionFrames.Ask(It, It.OpenApproval ?? It.Approvals[^1]),
        State = state,
        Reason = reason,
        Votes = votes,
        ResolvedAt = Now,
    };

    public AssignmentAckFrame Ack(bool accepted = true) => new() { SessionId = Number, AssignmentId = Assignment, Accepted = accepted, Reason = accepted ? null : "busy" };

    public PreflightFrame Preflight(bool ok = true) =>
        new() { SessionId = Number, AssignmentId = Assignment, Ok = ok, Checks = [new("sandbox.mac", ok, ok ? null : "missing")] };

    public StepStartedFrame Started() => new() { SessionId = Number, AssignmentId = Assignment, StepNumber = Key.Step, Attempt = Key.Attempt, IsRollback = Key.IsRollback };

    public StepOutputFrame Output(long seq, string data = "x\n", string type = "stdout") =>
        new() { SessionId = Number, AssignmentId = Assignment, StepNumber = Key.Step, Attempt = Key.Attempt, IsRollback = Key.IsRollback, StreamSeq = seq, ChunkType = type, Data = data };

    public StepResultFrame Result(StepOutcome outcome = StepOutcome.Succeeded, int? exitCode = 0, StepReason? reason = null) => new()
    {
        SessionId = Number,
        AssignmentId = Assignment,
        StepNumber = Key.Step,
        Attempt = Key.Attempt,
        IsRollback = Key.IsRollback,
        Status = outcome,
        ExitCode = exitCode,
        ExecutionMs = 5,
        Reason = reason,
        LastStreamSeq = It.Run?.LastStreamSeq ?? 0,
    };

    public IEnumerable<string> Names(int from = 0) => Events.Skip(from).Select(e => e.Type);

    public T Last<T>()
        where T : SessionEvent => Events.OfType<T>().Last();

    private RunKey Key => It.Run?.Key ?? new(Assignment, Math.Min(It.Cursor, It.Steps.Length), 1, false);

    private void Keep(Session after, IReadOnlyList<SessionEvent> events)
    {
        var seq = Session?.LastSeq ?? 0;
        var hash = seq == 0 ? EventChain.Genesis(Demo, Number) : _stored[^1].Hash;
        foreach (var happened in events)
        {
            var stored = EventChain.Seal(hash, new()
            {
                SessionId = Number,
                EventId = ++seq,
                EventType = happened.Type,
                StepNumber = happened.Step,
                Payload = SessionEventJson.Encode(happened),
                Actor = happened.By,
                WorkerId = happened.Holder,
                CreatedAt = happened.At,
                Hash = [],
            });
            hash = stored.Hash;
            _stored.Add(stored);
            Events.Add(happened);
        }

        Session = after;
        after.LastSeq.ShouldBe(seq);
        if (events.Count > 0) Text(Replay()).ShouldBe(Text(after));
    }

    public Session Replay(long? at = null) => SessionHistoryFold.Fold(History(), at)!;

    public SessionHistory History() => new(Demo, _plan, null!, [.. _stored]);

    public static string Text(Session session) => JsonSerializer.Serialize(session);
}
