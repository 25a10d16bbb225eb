using Cavra.Actors.Sessions;
using Cavra.Actors.WorkerAgent.Execution;
using Cavra.Actors.WorkerAgent.Journal;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.WorkerAgent.Assignments;

/// <summary>Makes the frames that tell of a run.</summary>
internal static class StepReports
{
    internal static StepStartedFrame Started(CommandFrame command, StepKey key) => new()
    {
        SessionId = command.SessionId,
        AssignmentId = command.AssignmentId,
        StepNumber = key.Step,
        Attempt = key.Attempt,
        IsRollback = key.IsRollback,
        IdempotencyKey = $"{key}/started",
        Traceparent = command.Traceparent,
    };

    internal static StepOutputFrame Output(CommandFrame command, StepKey key, OutputChunk chunk) => new()
    {
        SessionId = command.SessionId,
        AssignmentId = command.AssignmentId,
        StepNumber = key.Step,
        Attempt = key.Attempt,
        IsRollback = key.IsRollback,
        StreamSeq = chunk.Seq,
        ChunkType = chunk.Type,
        Data = chunk.Data,
        Traceparent = command.Traceparent,
    };

    internal static StepResultFrame Result(CommandFrame command, StepKey key, PlannedStep? step, StepEnd end) => new()
    {
        SessionId = command.SessionId,
        AssignmentId = command.AssignmentId,
        StepNumber = key.Step,
        Attempt = key.Attempt,
        IsRollback = key.IsRollback,
        IdempotencyKey = command.IdempotencyKey ?? key.ToString(),
        Traceparent = command.Traceparent,
        // The channel knows three outcomes; that nothing ran is told by the reason.
        Status = end.Outcome == StepOutcome.NotRun ? StepOutcome.Failed : end.Outcome,
        Reason = end.Reason,
        Detail = end.Detail,
        ExitCode = end.ExitCode,
        ExecutionMs = end.ExecutionMs,
        Stdout = end.StdoutTail,
        Stderr = end.StderrTail,
        Truncated = end.Truncated,
        LastStreamSeq = end.LastStreamSeq,
        SandboxProfile = step?.SandboxProfile,
        CredentialIds = step is null ? [] : [.. step.Credentials.Select(use => use.Id)],
        BlastRadius = step?.BlastRadius,
    };

    /// <summary>A run that had started when the worker before this one died: it may have done its work.</summary>
    internal static StepResultFrame Unknown(JournalStep step) => new()
    {
        SessionId = step.Session,
        AssignmentId = step.Key.Assignment,
        StepNumber = step.Key.Step,
        Attempt = step.Key.Attempt,
        IsRollback = step.Key.IsRollback,
        IdempotencyKey = step.Key.ToString(),
        Status = StepOutcome.Unknown,
        Reason = StepReason.WorkerLost,
        Detail = "the worker stopped while the step ran; whether it did its work is not known",
    };

    /// <summary>A command of an assignment that is not held here, and that the journal says nothing of.</summary>
    internal static StepResultFrame NotHeld(CommandFrame command) => new()
    {
        SessionId = command.SessionId,
        AssignmentId = command.AssignmentId,
        StepNumber = command.StepNumber,
        Attempt = command.Attempt,
        IsRollback = command.IsRollback,
        IdempotencyKey = command.IdempotencyKey,
        Traceparent = command.Traceparent,
        Status = StepOutcome.Unknown,
        Reason = StepReason.WorkerLost,
        Detail = "this worker does not hold the assignment",
    };

    /// <summary>The result as a restarted worker reports it: output that was still on its way then is gone, so nothing waits for it.</summary>
    internal static StepResultFrame AfterRestart(StepResultFrame result) =>
        result with { Truncated = result.Truncated || result.LastStreamSeq > 0, LastStreamSeq = 0 };
}
