using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Wire;
using Cavra.Actors.Workers.Channel;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.Sessions;

/// <summary>
/// The shell around <see cref="SessionMachine"/>: decide, append, apply, answer, publish, reconcile (ARCHITECTURE section 3). What it holds besides
/// the folded state can be lost at any time: which effects this activation has already had, and timers.
/// </summary>
internal sealed partial class ExecutionSession(
    ISessionJournal journal, IAuditLog auditLog, TimeProvider time, SessionOptions options, ILogger<ExecutionSession> log) : Grain, IExecutionSession, IRemindable
{
    private Session? _session;
    private ImmutableArray<byte> _lastHash;
    private string? _traceId;

    /// <summary>True while memory may differ from the store: after an append of unknown outcome, or a load that failed.</summary>
    private bool _suspect;

    /// <summary>True until the first call: nothing was read or written yet.</summary>
    private bool _fresh;

    private Task<bool>? _loading;

    private SessionId Id => new(this.GetPrimaryKeyLong());

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // The first call reads the store, unless it creates the session: then there is nothing to read, and the append is the fence.
        _suspect = _fresh = true;
        return Task.CompletedTask;
    }

    public async Task<SessionReply> Execute(SessionCommand command)
    {
        if (_fresh && _loading is null && command is CreateSession) _suspect = _fresh = false;
        if (!await Refresh()) return Unavailable();
        if (_session is { } session && session.Tenant != command.Actor.Tenant) return NotFound();
        _traceId = command.TraceId ?? _traceId;
        return command switch
        {
            CreateSession create => await Create(create),
            DecideStep vote => await Vote(vote),
            _ => await Carry(command, SessionMachine.Decide(_session, new SessionInput.Asked(command), Now(command.Actor.Subject))),
        };
    }

    public async Task<ImmutableArray<FrameReceipt>> Report(WorkerId worker, ImmutableArray<SessionFrame> frames)
    {
        if (!await Refresh()) return Resend(frames);
        if (_session is null) return [.. frames.Select(_ => new FrameReceipt(false, false, "not_found"))];
        var batch = new ReportedFrames(_session, worker, Now("worker:" + worker.Value), _traceId);
        foreach (var frame in frames) batch.Take(frame);
        if (batch.Events.Count > 0)
        {
            if (await Commit(batch.Session, batch.Events, new() { By = "worker:" + worker.Value, Audit = batch.Audit }) != AppendOutcome.Committed) return Resend(frames);
        }
        else if (!await Audited(batch.Audit))
        {
            return Resend(frames);
        }

        if (batch.AckedFence is { } fence) _acked = (fence, time.GetUtcNow());
        await Reconcile();
        return batch.Receipts;
    }

    public async Task<SessionView?> View()
    {
        if (!await Refresh() && _session is null) throw new StoreUnavailableException();
        return _session is { } session ? SessionViews.Of(session) : null;
    }

    public async Task Nudge()
    {
        if (await Refresh()) await Reconcile();
        else Arm();
    }

    public Task WorkerChanged(WorkerId worker, AssignmentId assignment, bool lost)
    {
        _workerNews = lost ? new SessionInput.WorkerGone(worker, assignment) : new SessionInput.WorkerBack(worker, assignment);
        return TakeWorkerNews();
    }

    private Moment Now(string by) => new(Id, Milliseconds(time.GetUtcNow()), by, options);

    private static DateTimeOffset Milliseconds(DateTimeOffset at) => new(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);

    /// <summary>Memory equals the store, or false: the store cannot be asked now.</summary>
    private ValueTask<bool> Refresh()
    {
        if (!_suspect) return new(true);
        if (_loading is { } under) return new(under);
        var loading = Load();
        if (!loading.IsCompleted) _loading = loading;
        return new(loading);
    }

    // Reads may interleave with a turn, so there is one load at a time and everybody waits for it: a slow one must not overwrite what came after.
    private async Task<bool> Load()
    {
        try
        {
            var history = await journal.Load(Id);
            _session = history is null ? null : SessionHistoryFold.Fold(history);
            _lastHash = history is null ? default : history.Events[^1].Hash;
            _traceId = history?.Events[^1].TraceId;
            _suspect = false;
            StartAfresh();
            if (_fresh && _session is not null) ArmAtOnce();
            _fresh = false;
            return true;
        }
        catch (StoreUnavailableException e)
        {
            LogLoadFailed(e, Id);
            Arm();
            return false;
        }
        finally
        {
            _loading = null;
        }
    }

    private static ImmutableArray<FrameReceipt> Resend(ImmutableArray<SessionFrame> frames) =>
        [.. frames.Select(_ => new FrameReceipt(false, false, "unavailable"))];

    private SessionReply Reply(Refusal? refusal = null, bool replayed = false, Session? of = null) =>
        new() { View = (of ?? _session) is { } session ? SessionViews.Of(session) : null, Refusal = refusal, Replayed = replayed };

    private SessionReply Unavailable() => Reply(Refusal.Of("unavailable", "the database cannot be reached for now; try again"));

    private static SessionReply NotFound() => new() { Refusal = Refusal.Of("not_found", "there is no such session") };
}
