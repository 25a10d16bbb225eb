using System.Collections.Immutable;
using System.Threading.Channels;
using Cavra.Actors.Identity;
using Cavra.Actors.Plans;
using Cavra.Actors.Policy;
using Cavra.Actors.Sessions;
using Cavra.Actors.WorkerAgent.Channel;
using Cavra.Actors.Workers;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.WorkerAgent.Tests.Channel;

/// <summary>An orchestrator that speaks the contract and does what a test says. Acknowledges everything unless told not to.</summary>
internal sealed class StandIn
{
    internal static readonly TimeSpan Generous = TimeSpan.FromSeconds(30);
    private readonly Channel<AgentFrame> _received = System.Threading.Channels.Channel.CreateUnbounded<AgentFrame>();
    private readonly Lock _lock = new();
    private readonly List<AgentFrame> _all = [];
    private TaskCompletionSource<IAgentLink> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _messages;

    internal bool Acknowledges { get; set; } = true;

    internal bool AcknowledgesOutput { get; set; } = true;

    internal ImmutableArray<AssignmentId> Revoked { get; set; } = [];

    internal AgentRegistration? Registration { get; private set; }

    internal int Registrations { get; private set; }

    internal bool Knows { get; set; } = true;

    internal bool Drained { get; set; }

    internal TaskCompletionSource Unregistered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Channel<AgentHeartbeat> Heartbeats { get; } = System.Threading.Channels.Channel.CreateUnbounded<AgentHeartbeat>();

    /// <summary>Every frame that came, copies included.</summary>
    internal IReadOnlyList<AgentFrame> All
    {
        get
        {
            lock (_lock)
                return [.. _all];
        }
    }

    internal AgentTiming Register(AgentRegistration registration)
    {
        Registration = registration;
        Registrations++;
        Knows = true;
        return new AgentTiming(TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(45));
    }

    internal HeartbeatReply Heartbeat(AgentHeartbeat heartbeat)
    {
        Heartbeats.Writer.TryWrite(heartbeat);
        return new HeartbeatReply(Knows ? WorkerState.Idle : null, Revoked);
    }

    /// <summary>Serves one channel until it ends.</summary>
    internal async Task Serve(IAgentLink link, CancellationToken cancel)
    {
        _connected.TrySetResult(link);
        while (await link.Receive(cancel) is { IsEmpty: false } frames)
            foreach (var frame in frames)
                await Take(link, frame, cancel);
    }

    internal Task<IAgentLink> Connected() => _connected.Task.WaitAsync(Generous);

    /// <summary>Cuts the channel; the next <see cref="Connected"/> waits for a new one.</summary>
    internal async Task Cut()
    {
        var link = await Connected();
        _connected = new TaskCompletionSource<IAgentLink>(TaskCreationOptions.RunContinuationsAsynchronously);
        await link.DisposeAsync();
    }

    internal async Task Send(AgentFrame frame) =>
        await (await Connected()).Send([frame with { MessageId = frame.MessageId ?? $"down-{Interlocked.Increment(ref _messages)}" }], CancellationToken.None);

    /// <summary>The next frame of a kind; others in between are passed over.</summary>
    internal async Task<T> Next<T>()
        where T : AgentFrame
    {
        using var limit = new CancellationTokenSource(Generous);
        while (true)
            if (await _received.Reader.ReadAsync(limit.Token) is T wanted)
                return wanted;
    }

    internal async Task<PreflightFrame> Assign(AssignFrame frame)
    {
        await Send(frame);
        (await Next<AssignmentAckFrame>()).Accepted.ShouldBeTrue();
        return await Next<PreflightFrame>();
    }

    /// <summary>Output of a run as the orchestrator would store it: each number once.</summary>
    internal string Output(CommandFrame command) => string.Concat(All.OfType<StepOutputFrame>()
        .Where(frame => frame.AssignmentId == command.AssignmentId && frame.StepNumber == command.StepNumber && frame.Attempt == command.Attempt)
        .DistinctBy(frame => frame.StreamSeq).OrderBy(frame => frame.StreamSeq).Select(frame => frame.Data));

    private async Task Take(IAgentLink link, AgentFrame frame, CancellationToken cancel)
    {
        lock (_lock)
            _all.Add(frame);
        _received.Writer.TryWrite(frame);
        AgentFrame? answer = frame switch
        {
            StepOutputFrame output when AcknowledgesOutput && Acknowledges =>
                new OutputAckFrame { SessionId = output.SessionId, StepNumber = output.StepNumber, StreamSeq = output.StreamSeq, Attempt = output.Attempt, IsRollback = output.IsRollback },
            StepOutputFrame or AckFrame => null,
            _ when Acknowledges => new AckFrame { MessageId = frame.MessageId },
            _ => null,
        };
        if (answer is not null)
            await link.Send([answer], cancel);
    }

    internal static AssignFrame Assignment(int session, params PlannedStep[] steps) => new()
    {
        SessionId = new SessionId(session),
        AssignmentId = AssignmentId.For(new SessionId(session), 1),
        Attempt = 1,
        TenantId = new TenantId("demo"),
        TicketId = "INC-1",
        EnvironmentProfile = EnvironmentProfile.DevFlex,
        WorkerRequirements = new WorkerRequirements(),
        SandboxProfile = "dev-flex",
        RunbookSteps = [.. steps.Select(Sealed)],
        RunbookId = "rb-test",
        RunbookVersion = 1,
        RunbookDigest = "rd",
        PlanDigest = "plan-" + session,
    };

    internal static PlannedStep Step(int number, string script) => new()
    {
        Number = number,
        Name = $"step {number}",
        Phase = StepPhase.Main,
        Command = new StepCommand { Argv = [script], Shell = true },
        SandboxProfile = "dev-flex",
        Decision = new PolicyDecision { Verdict = Verdict.Allow, Reason = "fine", Revision = "r1" },
        Digest = "",
    };

    /// <summary>The step with the digests that the compiler would give it in this runbook.</summary>
    private static PlannedStep Sealed(PlannedStep step)
    {
        var origin = new StepOrigin("rb-test", 1, "rd", EnvironmentProfile.DevFlex);
        return step with { Digest = StepDigest.Of(step, origin), RollbackDigest = StepDigest.OfRollback(step, origin) };
    }

    internal static CommandFrame Command(AssignFrame assignment, int step, int attempt = 1) => new()
    {
        SessionId = assignment.SessionId,
        AssignmentId = assignment.AssignmentId,
        StepNumber = step,
        Attempt = attempt,
        Command = assignment.RunbookSteps[step - 1].Command,
        Args = new StepArgs(60, "/work", true),
        Digest = assignment.RunbookSteps[step - 1].Digest,
        TimeoutS = 60,
        IdempotencyKey = $"{assignment.AssignmentId}-{step}-{attempt}",
    };

    internal static CancelFrame Cancel(AssignFrame assignment, string reason = "cancelled_by_operator") =>
        new() { SessionId = assignment.SessionId, AssignmentId = assignment.AssignmentId, Reason = reason };
}

/// <summary>The stand-in without a network.</summary>
internal sealed class InMemoryServer(StandIn standIn) : IAgentServer
{
    private readonly CancellationTokenSource _over = new();

    public string Description => "a stand-in";

    public bool Reachable { get; set; } = true;

    public Task<AgentTiming> Register(AgentRegistration registration, CancellationToken cancel)
    {
        ThrowIfAway();
        return Task.FromResult(standIn.Register(registration));
    }

    public Task<HeartbeatReply> Heartbeat(AgentHeartbeat heartbeat, CancellationToken cancel)
    {
        ThrowIfAway();
        return Task.FromResult(standIn.Heartbeat(heartbeat));
    }

    public Task<IAgentLink> Connect(CancellationToken cancel)
    {
        ThrowIfAway();
        var (agent, host) = InMemoryAgentLink.Pair();
        _ = standIn.Serve(host, _over.Token);
        return Task.FromResult<IAgentLink>(agent);
    }

    public Task Drain(CancellationToken cancel)
    {
        standIn.Drained = true;
        return Task.CompletedTask;
    }

    public Task<bool> Unregister(CancellationToken cancel)
    {
        standIn.Unregistered.TrySetResult();
        return Task.FromResult(true);
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _over.Dispose();
    }

    private void ThrowIfAway()
    {
        if (!Reachable)
            throw new AgentServerException("unreachable", "the test took the orchestrator away");
    }
}
