using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Simulation;

internal sealed partial class SimulatedWorker
{
    private void Handle(Connection from, SessionFrame frame)
    {
        run.Note(Name, $"got {frame.GetType().Name} {frame.AssignmentId} by {from.Id}");
        if (frame is AssignFrame assign) OnAssign(assign);
        else if (frame is CommandFrame command) OnCommand(command);
        else if (frame is CancelFrame cancel) OnCancel(cancel);
    }

    private void OnAssign(AssignFrame frame)
    {
        if (_held.TryGetValue(frame.AssignmentId, out var held))
        {
            Tell(WorkerFrames.Ack(frame, null));
            if (held.Preflight is { } known) Tell(known);
            return;
        }

        if (_journal.Released.Contains(frame.AssignmentId) || (!run.Calm && run.Dice.Chance(run.Plan.WorkerRefuses)))
        {
            Tell(WorkerFrames.Ack(frame, "full"));
            return;
        }

        _journal.Taken[frame.AssignmentId] = frame;
        _held[frame.AssignmentId] = held = new HeldAssignment(frame);
        var ready = run.Calm || !run.Dice.Chance(run.Plan.WorkerRefuses);
        held.Preflight = WorkerFrames.Preflight(frame, ready);
        _ = Ready(held, _life);
        if (!ready) Close(held);
    }

    private async Task Ready(HeldAssignment held, int life)
    {
        if (!run.Calm && run.Dice.Chance(run.Plan.Slow)) await run.Pause(run.Dice.Seconds(3, 9));
        if (!Lives(life)) return;
        Tell(WorkerFrames.Ack(held.Frame, null));
        Tell(held.Preflight!);
    }

    private void OnCommand(CommandFrame command)
    {
        var key = new RunKey(command.AssignmentId, command.StepNumber, command.Attempt, command.IsRollback);
        if (!_held.TryGetValue(command.AssignmentId, out var held) || held.Closing)
        {
            run.Reach(Situation.CommandNotHeld);
            if (!_journal.Released.Contains(command.AssignmentId)) Tell(WorkerFrames.NotHeld(command));
            return;
        }

        if (_journal.Runs.TryGetValue(key, out var known))
        {
            run.Reach(Situation.CommandRepeated);
            if (known.Result is { } result) Tell(WorkerFrames.AfterRestart(result));
            return;
        }

        if (held.Running is not null) return;
        held.Running = command;
        held.StopAsked = false;
        _ = Run(held, command, key, _life);
    }

    private async Task Run(HeldAssignment held, CommandFrame command, RunKey key, int life)
    {
        if (!await HasLease(held, life)) return;
        var entry = _journal.Runs[key] = new JournalRun(command.SessionId);
        executions.Starts(Name, command);
        run.Note(Name, $"runs {key.Assignment}/{key.Step}/{key.Attempt}{(key.IsRollback ? "/rollback" : "")}");
        Tell(WorkerFrames.Started(command));
        var (least, most) = run.Dice.Chance(0.03) ? (command.TimeoutS + 1.0, command.TimeoutS + 2.0) : (0.01, 8);
        var pieces = run.Dice.Between(0, 3);
        var length = run.Dice.Seconds(least, most) / (pieces + 1);
        for (var at = 0; at <= pieces; at++)
        {
            await run.Pause(length);
            while (Lives(life) && IsFrozen) await run.Pause(TimeSpan.FromSeconds(1));
            if (!Lives(life)) return;
            if (held.StopAsked) break;
            if (at < pieces) Tell(WorkerFrames.Output(command, at + 1));
        }

        executions.Ends(command);
        held.Running = null;
        var failed = !held.StopAsked && most < command.TimeoutS && run.Dice.Chance(0.12);
        entry.Result = WorkerFrames.Result(command, held.StopAsked ? StepReason.Cancelled : most > command.TimeoutS ? StepReason.Timeout : failed ? StepReason.ExitCode : null, _sent.GetValueOrDefault(key));
        run.Note(Name, $"ended {key.Assignment}/{key.Step}/{key.Attempt}: {entry.Result.Status} {entry.Result.Reason}");
        Tell(entry.Result);
        if (held.Closing) Release(held);
    }

    /// <summary>Waits until the orchestrator has been heard within the lease; false when stopped meanwhile (hazard B05).</summary>
    private async Task<bool> HasLease(HeldAssignment held, int life)
    {
        if (run.Time.GetUtcNow() >= _leaseUntil) run.Reach(Situation.ZombieHeldBack);
        while (Lives(life) && (IsFrozen || run.Time.GetUtcNow() >= _leaseUntil))
        {
            if (!IsFrozen && !IsCutOff) await BeatOnce(life);
            await run.Pause(TimeSpan.FromMilliseconds(500));
            if (held.StopAsked) break;
        }

        if (!Lives(life)) return false;
        if (!held.StopAsked) return true;
        var command = held.Running!;
        held.Running = null;
        Tell(WorkerFrames.Result(command, StepReason.Cancelled, 0));
        if (held.Closing) Release(held);
        return false;
    }

    private void OnCancel(CancelFrame cancel)
    {
        if (!_held.TryGetValue(cancel.AssignmentId, out var held)) return;
        if (cancel.StepNumber is null || held.Running?.StepNumber == cancel.StepNumber) held.StopAsked = true;
        if (cancel.StepNumber is null) Close(held);
    }

    private void Revoke(AssignmentId assignment)
    {
        if (!_held.TryGetValue(assignment, out var held) || held.Closing) return;
        run.Note(Name, $"revoked {assignment}");
        run.Reach(Situation.Revoked);
        held.StopAsked = true;
        Close(held);
    }

    private void Close(HeldAssignment held)
    {
        held.Closing = true;
        if (held.Running is null) Release(held);
    }

    private void Release(HeldAssignment held)
    {
        _journal.Released.Add(held.Frame.AssignmentId);
        _held.Remove(held.Frame.AssignmentId);
    }

    /// <summary>Takes up what the worker before this one left in the journal.</summary>
    private void Recover()
    {
        foreach (var (id, frame) in _journal.Taken)
            if (!_journal.Released.Contains(id)) _held[id] = new HeldAssignment(frame) { Preflight = WorkerFrames.Preflight(frame, true) };
        foreach (var (key, entry) in _journal.Runs)
        {
            if (entry.Reported) continue;
            run.Reach(entry.Result is null ? Situation.UnknownAfterRestart : Situation.ResultFromJournal);
            entry.Result = entry.Result is { } known ? WorkerFrames.AfterRestart(known) : WorkerFrames.Unknown(entry.Session, key);
            Tell(entry.Result);
        }
    }
}
