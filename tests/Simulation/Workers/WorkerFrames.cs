using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Simulation;

/// <summary>What a worker reports, as the real one words it.</summary>
internal static class WorkerFrames
{
    public static AssignmentAckFrame Ack(AssignFrame f, string? refusal) =>
        new() { SessionId = f.SessionId, AssignmentId = f.AssignmentId, Accepted = refusal is null, Reason = refusal };

    public static PreflightFrame Preflight(AssignFrame f, bool ok) =>
        new() { SessionId = f.SessionId, AssignmentId = f.AssignmentId, Ok = ok, Checks = [new("sandbox", ok, ok ? null : "not there")] };

    public static StepStartedFrame Started(CommandFrame c) =>
        new() { SessionId = c.SessionId, AssignmentId = c.AssignmentId, StepNumber = c.StepNumber, Attempt = c.Attempt, IsRollback = c.IsRollback };

    public static StepOutputFrame Output(CommandFrame c, long seq) => new()
    {
        SessionId = c.SessionId,
        AssignmentId = c.AssignmentId,
        StepNumber = c.StepNumber,
        Attempt = c.Attempt,
        IsRollback = c.IsRollback,
        StreamSeq = seq,
        ChunkType = "stdout",
        Data = $"line {seq}\n",
    };

    public static StepResultFrame Result(CommandFrame c, StepReason? reason, long lastSeq) => new()
    {
        SessionId = c.SessionId,
        AssignmentId = c.AssignmentId,
        StepNumber = c.StepNumber,
        Attempt = c.Attempt,
        IsRollback = c.IsRollback,
        Status = reason is null ? StepOutcome.Succeeded : StepOutcome.Failed,
        Reason = reason,
        ExitCode = reason switch { null => 0, StepReason.ExitCode => 1, _ => null },
        ExecutionMs = 5,
        LastStreamSeq = lastSeq,
    };

    public static StepResultFrame Unknown(SessionId session, RunKey key) => new()
    {
        SessionId = session,
        AssignmentId = key.Assignment,
        StepNumber = key.Step,
        Attempt = key.Attempt,
        IsRollback = key.IsRollback,
        Status = StepOutcome.Unknown,
        Reason = StepReason.WorkerLost,
    };

    public static StepResultFrame NotHeld(CommandFrame c) => Unknown(c.SessionId, new(c.AssignmentId, c.StepNumber, c.Attempt, c.IsRollback));

    /// <summary>Output that was on its way when the worker died is gone: nothing waits for it.</summary>
    public static StepResultFrame AfterRestart(StepResultFrame result) => result with { Truncated = result.LastStreamSeq > 0, LastStreamSeq = 0 };
}
