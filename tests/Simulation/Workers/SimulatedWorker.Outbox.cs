using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Simulation;

/// <summary>Reporting: what has not been taken goes again, in order, for as long as the worker lives.</summary>
internal sealed partial class SimulatedWorker
{
    private const int MostAtOnce = 16;
    private readonly List<SessionFrame> _outbox = [];
    private readonly HashSet<long> _pumped = [];
    private readonly Dictionary<RunKey, long> _sent = [];

    private void Tell(SessionFrame frame)
    {
        if (frame is StepOutputFrame output) _sent[new RunKey(output.AssignmentId, output.StepNumber, output.Attempt, output.IsRollback)] = output.StreamSeq;
        _outbox.Add(frame);
        Pump(frame.SessionId);
    }

    private void PumpAll()
    {
        foreach (var session in _outbox.Select(f => f.SessionId).Distinct().ToArray()) Pump(session);
    }

    private void Pump(SessionId session)
    {
        if (_connection is not null && _pumped.Add(session.Value)) _ = Pump(session, _life);
    }

    private async Task Pump(SessionId session, int life)
    {
        while (Lives(life) && _connection is not null && !IsFrozen)
        {
            var frames = _outbox.Where(f => f.SessionId == session).Take(MostAtOnce).ToArray();
            if (frames.Length == 0) break;
            if (!await Report(session, frames, life)) await run.Pause(run.Dice.Seconds(0.25, 2));
        }

        if (life == _life) _pumped.Remove(session.Value);
    }

    /// <summary>One batch up and its answer down; false when something has to go again.</summary>
    private async Task<bool> Report(SessionId session, SessionFrame[] frames, int life)
    {
        await run.Pause(Latency.Draw(run));
        if (IsCutOff || IsFrozen || !Lives(life) || Lost("up")) return false;
        if (!run.Calm && frames.Length > 1 && run.Dice.Chance(run.Plan.Reorder)) run.Dice.Shuffle(frames);
        try
        {
            var grain = host.Grains.GetGrain<IExecutionSession>(session.Value);
            if (!run.Calm && run.Dice.Chance(run.Plan.Duplicate)) _ = Again(grain, [.. frames]);
            var receipts = await grain.Report(Id, [.. frames]);
            if (IsCutOff || !Lives(life) || Lost("down")) return false;
            return Take(frames, receipts);
        }
        catch (Exception e)
        {
            run.Note(Name, $"report: {e.GetType().Name}");
            return false;
        }
    }

    private async Task Again(IExecutionSession grain, ImmutableArray<SessionFrame> frames)
    {
        try
        {
            await run.Pause(Latency.Draw(run));
            await grain.Report(Id, frames);
        }
        catch (Exception e)
        {
            run.Note(Name, $"copy: {e.GetType().Name}");
        }
    }

    private bool Lost(string way)
    {
        var lost = !run.Calm && run.Dice.Chance(run.Plan.Drop);
        if (lost) run.Note(Name, $"lost on the way {way}: a report");
        return lost;
    }

    private bool Take(SessionFrame[] frames, ImmutableArray<FrameReceipt> receipts)
    {
        var done = true;
        for (var at = 0; at < frames.Length; at++)
        {
            var (frame, receipt) = (frames[at], receipts[at]);
            Look(frame, receipt);
            if (receipt.Code is "unavailable" or "overloaded" or "out_of_order")
            {
                done = false;
                continue;
            }

            _outbox.Remove(frame);
            if (frame is StepResultFrame r && _journal.Runs.GetValueOrDefault(new RunKey(r.AssignmentId, r.StepNumber, r.Attempt, r.IsRollback)) is { } entry) entry.Reported = true;
            if (receipt.Code == "stale_assignment") Revoke(frame.AssignmentId);
        }

        return done;
    }

    private void Look(SessionFrame frame, FrameReceipt receipt)
    {
        run.Note(Name, $"told {frame.GetType().Name} {frame.AssignmentId}: {receipt.Code ?? (receipt.Duplicate ? "duplicate" : "taken")}");
        if (receipt.Duplicate) run.Reach(Situation.DuplicateFrame);
        if (receipt.Code == "out_of_order") run.Reach(Situation.OutOfOrder);
        if (receipt.Code != "stale_assignment") return;
        run.Reach(frame switch
        {
            AssignmentAckFrame => Situation.LateAck,
            StepResultFrame => Situation.ResultAfterEnd,
            _ => Situation.StaleFrame,
        });
    }
}
