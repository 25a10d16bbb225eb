using Cavra.Actors.WorkerAgent.Journal;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.WorkerAgent.Assignments;

internal sealed partial class AssignmentDesk
{
    private void OnCommand(CommandFrame command)
    {
        var key = new StepKey(command.AssignmentId, command.StepNumber, command.Attempt, command.IsRollback);
        lock (_lock)
        {
            if (!_held.TryGetValue(command.AssignmentId, out var held) || held.Frame.SessionId != command.SessionId || held.IsClosing)
            {
                Refuse(command, "stale_assignment");
                if (!journal.IsReleased(command.AssignmentId))
                    outbox.Add(StepReports.NotHeld(command));
                return;
            }

            if (held.Current?.Key == key || Repeats(key))
                return;
            if (!held.Admit(key))
            {
                Refuse(command, "stale_attempt");
                return;
            }

            // One command at a time: a second one means that the first was cancelled or reported, and is ending.
            if (held.Current is { IsReported: false } && !held.Current.Stop.IsCancellationRequested)
            {
                Refuse(command, "step_running");
                return;
            }

            var run = new ActiveRun(key);
            held.Current = run;
            held.Tail = Run(held, run, command, held.Tail);
        }
    }

    /// <summary>A copy of a command that has been carried out, here or by the worker before: it is answered, never run.</summary>
    private bool Repeats(StepKey key)
    {
        if (journal.Find(key) is not { Progress: not StepProgress.Intended } known)
            return false;
        LogRepeated(log, known.Session.Value, key.Step, key.Attempt);
        if (known.Result is { } result)
            outbox.Add(StepReports.AfterRestart(result));
        else if (known.Progress == StepProgress.Started)
            outbox.Add(StepReports.Unknown(known));
        return true;
    }

    private async Task Run(Assignment held, ActiveRun run, CommandFrame command, Task before)
    {
        // Off the receiving loop, which must go on to see the cancel.
        await Task.Yield();
        await before;
        try
        {
            await runner.Run(held.Frame, held.Step(command.StepNumber), command, run);
        }
        catch (Exception error)
        {
            // The runner answers for everything that a step or the machine can do; what comes here is a fault of its own.
            LogFault(log, command.SessionId.Value, command.StepNumber, error);
        }
        finally
        {
            lock (_lock)
            {
                if (ReferenceEquals(held.Current, run))
                    held.Current = null;
            }

            run.Dispose();
        }
    }

    private void OnCancel(CancelFrame cancel)
    {
        lock (_lock)
        {
            if (!_held.TryGetValue(cancel.AssignmentId, out var held))
            {
                Refuse(cancel, "stale_assignment");
                return;
            }

            LogCancelled(log, cancel.SessionId.Value, cancel.AssignmentId.Value, cancel.Reason);
            outbox.Add(new AckFrame { MessageId = cancel.MessageId, IdempotencyKey = cancel.IdempotencyKey });
            // With a step only that is stopped and the session may go on here, with a rollback; without one it is over.
            if (cancel.StepNumber is not { } step || held.Current?.Key.Step == step)
                Stop(held);
            if (cancel.StepNumber is null)
                Close(held);
        }
    }

    private void OnAck(AckFrame ack)
    {
        if (ack.MessageId is null || outbox.Find(ack.MessageId) is not { } sent)
            return;
        if (ack.Code is "out_of_order" or "unavailable" or "overloaded" or "rate_limited" or "internal_error")
        {
            // Not taken, and nothing wrong with it: everything that is unacknowledged goes again, in order.
            _ = RewindSoon();
            return;
        }

        _rewindPause.Reset();
        outbox.Acknowledge(ack.MessageId);
        if (sent is StepResultFrame result)
        {
            var key = new StepKey(result.AssignmentId, result.StepNumber, result.Attempt, result.IsRollback);
            outbox.Forget(key);
            Note(new ReportedRecord(key));
        }

        if (ack.Code == "stale_assignment" && sent is SessionFrame frame)
            Revoke([frame.AssignmentId]);
    }

    private async Task RewindSoon()
    {
        if (Interlocked.Exchange(ref _rewinding, 1) != 0)
            return;
        await Task.Delay(RewindPause + _rewindPause.Next(), time);
        Volatile.Write(ref _rewinding, 0);
        outbox.Rewind();
    }

    private void Refuse(SessionFrame frame, string code)
    {
        LogRefused(log, frame.SessionId.Value, frame.AssignmentId.Value, code);
        outbox.Add(new AckFrame { MessageId = frame.MessageId, IdempotencyKey = frame.IdempotencyKey, Code = code });
    }

    private static void Stop(Assignment held)
    {
        if (held.Current is { } run)
            run.Stop.Cancel();
    }

    /// <summary>Lets a session go once its last process has ended.</summary>
    private void Close(Assignment held)
    {
        if (held.IsClosing)
            return;
        held.IsClosing = true;
        held.Tail = Release(held, held.Tail);
    }

    private async Task Release(Assignment held, Task before)
    {
        await Task.Yield();
        await before;
        var id = held.Frame.AssignmentId;
        folders.Remove(id);
        outbox.Forget(id);
        Note(new ReleasedRecord(id));
        lock (_lock)
        {
            _held.Remove(id);
            if (_held.Count == 0)
                _empty.TrySetResult();
        }
    }
}
