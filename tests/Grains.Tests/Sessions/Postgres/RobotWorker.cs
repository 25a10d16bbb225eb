using System.Collections.Concurrent;
using System.Threading.Channels;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Grains.Sessions;

/// <summary>
/// A worker without processes: says yes, counts what it starts, and reports each step in one batch. Sends again what was refused as unavailable, and never
/// starts a command twice, as a real worker.
/// </summary>
internal sealed class RobotWorker : IAgentChannel
{
    private readonly Channel<SessionFrame> _down = Channel.CreateUnbounded<SessionFrame>();
    private readonly ConcurrentDictionary<string, StepOutcome> _done = new();
    private readonly Func<SessionId, IExecutionSession> _session;
    private readonly Func<CommandFrame, StepOutcome> _run;

    public RobotWorker(WorkerId id, Func<SessionId, IExecutionSession> session, Func<CommandFrame, StepOutcome>? run = null)
    {
        (Id, _session, _run) = (id, session, run ?? (_ => StepOutcome.Succeeded));
        _ = Work();
    }

    public WorkerId Id { get; }

    /// <summary>Each command that was carried out; a key twice would be a step that ran twice.</summary>
    public ConcurrentQueue<string> Ran { get; } = new();

    public Task Send(SessionFrame frame)
    {
        _down.Writer.TryWrite(frame);
        return Task.CompletedTask;
    }

    public Task Close(string reason) => Task.CompletedTask;

    private async Task Work()
    {
        await foreach (var frame in _down.Reader.ReadAllAsync())
        {
            // Sessions do not wait for each other.
            if (frame is AssignFrame assign) _ = Tell(assign.SessionId, Yes(assign), Ready(assign));
            else if (frame is CommandFrame command) _ = Run(command);
        }
    }

    private async Task Run(CommandFrame command)
    {
        if (_done.TryAdd(command.IdempotencyKey!, _run(command))) Ran.Enqueue(command.IdempotencyKey!);
        await Tell(command.SessionId, Started(command), Output(command), Result(command, _done[command.IdempotencyKey!]));
    }

    private async Task Tell(SessionId session, params SessionFrame[] frames)
    {
        while (true)
        {
            try
            {
                var receipts = await _session(session).Report(Id, [.. frames]);
                if (!receipts.Any(r => r.Code is "unavailable")) return;
            }
            catch (Exception)
            {
                // The host is down for a moment.
            }

            await Task.Yield();
        }
    }

    private static AssignmentAckFrame Yes(AssignFrame f) => new() { SessionId = f.SessionId, AssignmentId = f.AssignmentId, Accepted = true };

    private static PreflightFrame Ready(AssignFrame f) => new() { SessionId = f.SessionId, AssignmentId = f.AssignmentId, Ok = true };

    private static StepStartedFrame Started(CommandFrame c) =>
        new() { SessionId = c.SessionId, AssignmentId = c.AssignmentId, StepNumber = c.StepNumber, Attempt = c.Attempt, IsRollback = c.IsRollback };

    private static StepOutputFrame Output(CommandFrame c) => new()
    {
        SessionId = c.SessionId,
        AssignmentId = c.AssignmentId,
        StepNumber = c.StepNumber,
        Attempt = c.Attempt,
        IsRollback = c.IsRollback,
        StreamSeq = 1,
        ChunkType = "stdout",
        Data = "done\n",
    };

    private static StepResultFrame Result(CommandFrame c, StepOutcome outcome) => new()
    {
        SessionId = c.SessionId,
        AssignmentId = c.AssignmentId,
        StepNumber = c.StepNumber,
        Attempt = c.Attempt,
        IsRollback = c.IsRollback,
        Status = outcome,
        ExitCode = outcome == StepOutcome.Succeeded ? 0 : 1,
        ExecutionMs = 1,
        LastStreamSeq = 1,
    };
}
