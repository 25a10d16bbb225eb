using System.Collections.Immutable;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Sessions;

internal static partial class SessionMachine
{
    /// <summary>Characters of one stored piece of output that came with a result instead of by itself.</summary>
    private const int PieceLength = 32 * 1024;

    private static bool Runs(Session session, int step, int attempt, bool isRollback) =>
        session.Run is { } run && run.Key.Step == step && run.Key.Attempt == attempt && run.Key.IsRollback == isRollback;

    private static Decision Started(SessionTurn turn)
    {
        if (turn.Session.Run!.Started) return SessionTurn.NoOp("duplicate");
        EnsureStarted(turn);
        return turn.Done();
    }

    /// <summary>A rollback's start is on record already; a step's is with its first sign of life.</summary>
    private static void EnsureStarted(SessionTurn turn)
    {
        var run = turn.Session.Run!;
        if (run.Started || run.Key.IsRollback) return;
        turn.Emit(new StepStarted { Step = run.Key.Step, Attempt = run.Key.Attempt });
        var credentials = turn.Session.Plan.Steps[run.Key.Step - 1].Credentials;
        if (!credentials.IsDefaultOrEmpty) turn.Emit(new CredentialLeased { Step = run.Key.Step, CredentialIds = [.. credentials.Select(c => c.Id)] });
    }

    private static Decision Output(SessionTurn turn, StepOutputFrame frame)
    {
        var stored = turn.Session.Run!.LastStreamSeq;
        if (frame.StreamSeq <= stored) return SessionTurn.NoOp("duplicate", stored);
        if (frame.StreamSeq != stored + 1) return SessionTurn.Refuse("out_of_order", $"output {stored + 1} is missing", stored);
        if (frame.ChunkType is not ("stdout" or "stderr" or "status"))
            return SessionTurn.Refuse("validation_failed", "chunk_type is stdout, stderr or status", stored);
        EnsureStarted(turn);
        Store(turn, frame.StreamSeq, frame.ChunkType, frame.Data);
        return turn.Done(frame.StreamSeq);
    }

    private static void Store(SessionTurn turn, long streamSeq, string chunkType, string data)
    {
        var run = turn.Session.Run!;
        turn.Emit(new StepOutput
        {
            Step = run.Key.Step,
            StreamSeq = streamSeq,
            ChunkType = chunkType,
            Data = data,
            Attempt = run.Key.Attempt,
            IsRollback = run.Key.IsRollback,
            Offset = run.Bytes,
        });
    }

    private static Decision Result(SessionTurn turn, StepResultFrame frame)
    {
        var run = turn.Session.Run!;
        if (frame.LastStreamSeq > run.LastStreamSeq)
            return SessionTurn.Refuse("out_of_order", $"output {run.LastStreamSeq + 1} is missing", run.LastStreamSeq);
        EnsureStarted(turn);
        if (run.LastStreamSeq == 0)
        {
            StoreWhole(turn, "stdout", frame.Stdout);
            StoreWhole(turn, "stderr", frame.Stderr);
        }

        var step = turn.Session.Plan.Steps[frame.StepNumber - 1];
        var verdict = RunVerdict.Of(frame, step, run.Key.IsRollback);
        if (verdict.Outcome == StepOutcome.Unknown) LoseRun(turn, "restarted", StepReason.WorkerLost, SessionReason.WorkerLost);
        else if (run.Key.IsRollback) RollbackResult(turn, frame, verdict);
        else StepResult(turn, frame, verdict, run.Stop);
        return turn.Done(turn.Session.Run?.LastStreamSeq ?? frame.LastStreamSeq);
    }

    private static void StepResult(SessionTurn turn, StepResultFrame frame, RunVerdict verdict, StopRequest? stop)
    {
        var number = frame.StepNumber;
        var credentials = frame.CredentialIds.IsDefaultOrEmpty ? turn.Session.Steps[number - 1].CredentialsUsed : frame.CredentialIds;
        ImmutableArray<string>? used = credentials.IsDefaultOrEmpty ? null : credentials;
        turn.Emit(verdict.Reason is { } reason
            ? new StepFailed
            {
                Step = number,
                ExitCode = frame.ExitCode,
                ExecutionMs = frame.ExecutionMs,
                Attempt = frame.Attempt,
                Outcome = verdict.Outcome,
                CredentialIds = used,
                Truncated = frame.Truncated,
                Detail = frame.Detail,
                Reason = reason,
            }
            : new StepCompleted
            {
                Step = number,
                ExitCode = frame.ExitCode,
                ExecutionMs = frame.ExecutionMs,
                Attempt = frame.Attempt,
                Outcome = verdict.Outcome,
                CredentialIds = used,
                Truncated = frame.Truncated,
                Detail = frame.Detail,
            });
        if (used is { } ids) turn.Emit(new CredentialRevoked { Step = number, CredentialIds = ids });
        if (stop is not null) AfterStop(turn, stop.RollbackStep, lost: false);
        else if (verdict.Reason is null) GoOn(turn);
        else AfterFailure(turn, number, verdict.Reason == StepReason.PolicyDenied ? SessionReason.PolicyDenied : SessionReason.StepFailed);
    }

    /// <summary>Output that came with the result because the worker streamed none (spec 3.3).</summary>
    private static void StoreWhole(SessionTurn turn, string chunkType, string? text)
    {
        for (var at = 0; at < text?.Length;)
        {
            var length = Math.Min(PieceLength, text.Length - at);
            if (length < text.Length - at && char.IsHighSurrogate(text[at + length - 1])) length--;
            Store(turn, turn.Session.Run!.LastStreamSeq + 1, chunkType, text.Substring(at, length));
            at += length;
        }
    }

    /// <summary>
    /// A report outside the present run. A result that was taken before is answered as such, also after the end (hazard A06). A result of a run whose
    /// outcome is unknown settles what is known of it and moves nothing; like all else under an old fence it is refused as stale.
    /// </summary>
    private static Decision Late(SessionTurn turn, SessionInput.Told told)
    {
        var session = turn.Session;
        var key = told.Frame switch
        {
            StepStartedFrame f => new RunKey(f.AssignmentId, f.StepNumber, f.Attempt, f.IsRollback),
            StepOutputFrame f => new RunKey(f.AssignmentId, f.StepNumber, f.Attempt, f.IsRollback),
            StepResultFrame f => new RunKey(f.AssignmentId, f.StepNumber, f.Attempt, f.IsRollback),
            _ => default,
        };
        var step = key.Step >= 1 && key.Step <= session.Steps.Length ? session.Steps[key.Step - 1] : null;
        var mine = session.Former?.Placement.Worker == told.Worker || session.Placement.Worker == told.Worker;
        if (step is not null && mine && step.Settled.Contains(key)) return SessionTurn.NoOp("duplicate", told.Frame is StepOutputFrame output ? output.StreamSeq : 0);
        if (step is not null && mine && !session.Ended && step.Unsettled == key && told.Frame is StepResultFrame { Status: not StepOutcome.Unknown } result)
        {
            var verdict = RunVerdict.Of(result, session.Plan.Steps[key.Step - 1], key.IsRollback);
            turn.Emit(new WorkerRecovered
            {
                Step = key.Step,
                WorkerId = told.Worker,
                AssignmentId = key.Assignment,
                Outcome = verdict.Outcome,
                ExitCode = result.ExitCode,
                Attempt = key.Attempt,
                IsRollback = key.IsRollback,
            });
            return new Decision.Settled(turn.Session, turn.Events);
        }

        return SessionTurn.Refuse("stale_assignment", $"assignment {told.Frame.AssignmentId} does not count for this any more");
    }
}
