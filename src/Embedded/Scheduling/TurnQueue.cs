using System.Diagnostics;

namespace Cavra.Actors.Embedded;

/// <summary>
/// The mailbox and scheduler of one activation (or observer, subscriber, part of the host). Requests begin in order of arrival, as far as
/// the rules of reentrancy allow; their continuations come back here; turns never run side by side. No thread is held while code awaits.
/// </summary>
internal abstract partial class TurnQueue : IThreadPoolWorkItem
{
    private static readonly ExecutionContext CleanContext = CaptureCleanContext();

    private protected readonly Lock Gate = new();
    private RequestList _waiting;
    private RequestList _running;
    private Continuation? _firstContinuation;
    private Continuation? _lastContinuation;
    private Dictionary<Guid, int>? _sections;
    private TaskCompletionSource? _quiet;
    private int _exclusiveRunning;
    private int _readOnlyRunning;
    private int _overtakers;
    private bool _scheduled;
    private bool _continuationLast;
    private bool _watched;
    private protected bool Killed;

    private protected TurnQueue(EmbeddedGrainHost host) => Host = host;

    internal EmbeddedGrainHost Host { get; }

    /// <summary>When it was last of use, as <see cref="TimeProvider.GetTimestamp"/>.</summary>
    internal long LastUse { get; private protected set; }

    private protected virtual bool IsReentrant => false;

    /// <summary>False once nothing can be accepted any more.</summary>
    private protected virtual bool IsOpen => !Killed;

    /// <summary>False while a waiting request must not begin whatever else holds, such as before activation.</summary>
    private protected virtual bool MayBeginAny(Request request) => true;

    /// <summary>The host's own next request for this queue, when no other runs. Called under the lock.</summary>
    private protected virtual Request? NextOfLifecycle(int waiting) => null;

    internal abstract string Name { get; }

    /// <summary>The object that the call is for.</summary>
    internal abstract object TargetOf(GrainCall call);

    internal virtual IIncomingGrainCallFilter[] FiltersOf(object target) => [];

    internal virtual void CallFailed(GrainCall call, Task outcome)
    {
    }

    /// <summary>Takes a request; false when the queue has ended and the sender must look for its successor.</summary>
    internal bool TryAccept(Request request)
    {
        Exception? refusal = null;
        bool schedule = false, watch = false;
        lock (Gate)
        {
            if (!IsOpen)
                return false;
            var mayBegin = MayBegin(request);
            if (!request.IsInternal && _waiting.Count >= Host.Options.MailboxLimit)
                refusal = new GrainOverloadedException($"{request.Describe()} was refused: {_waiting.Count} calls wait for {Name} already.");
            else if (!mayBegin && CallChain.WaitsForItself(request, this))
                refusal = new GrainCallDeadlockException(CallChain.DescribeDeadlock(request, this));
            else
            {
                AddWaiting(request);
                // A queue that cannot begin it now is woken by what it waits for.
                schedule = (mayBegin || NextOfLifecyclePeek()) && Wake();
                watch = !request.IsInternal && !_watched && (_watched = true);
            }
        }

        if (refusal is not null)
            request.Fail(refusal);
        if (watch)
            Host.Timeouts.Watch(this, request.SentAt);
        if (schedule)
            Host.Executor.Schedule(this, again: false);
        return true;
    }

    internal void Post(Continuation continuation)
    {
        lock (Gate)
        {
            if (Killed)
                return;
            if (_lastContinuation is null)
                _firstContinuation = continuation;
            else
                _lastContinuation.Next = continuation;
            _lastContinuation = continuation;
            if (!Wake())
                return;
        }

        Host.Executor.Schedule(this, again: false);
    }

    /// <summary>Removes an ended request from those that run.</summary>
    internal void Completed(Request request)
    {
        TaskCompletionSource? quiet = null;
        lock (Gate)
        {
            request.Stage = RequestStage.Done;
            if (Killed)
                return;
            _running.Remove(request);
            CountRunning(request, -1);
            if (request.CountsAsUse)
                LastUse = Host.Time.GetTimestamp();
            if (_quiet is not null && IsQuiet)
                (quiet, _quiet) = (_quiet, null);
        }

        quiet?.TrySetResult();
    }

    internal void EnterSection(Guid id)
    {
        lock (Gate)
        {
            _sections ??= [];
            _sections[id] = _sections.GetValueOrDefault(id) + 1;
        }
    }

    internal void LeaveSection(Guid id)
    {
        lock (Gate)
        {
            if (_sections is not null && _sections.TryGetValue(id, out var depth) && (depth > 1 ? (_sections[id] = depth - 1) > 0 : _sections.Remove(id))
                && _sections.Count == 0)
                _sections = null;
        }
    }

    /// <summary>Wakes the queue after a change that its own turns did not make.</summary>
    private protected void Nudge()
    {
        lock (Gate)
        {
            if (!Wake())
                return;
        }

        Host.Executor.Schedule(this, again: false);
    }

    private protected bool MayBegin(Request request)
    {
        if (!MayBeginAny(request))
            return false;
        if (_running.Count == 0 || IsReentrant || request.IsAlwaysInterleave)
            return true;
        if (_exclusiveRunning == 0 && (_readOnlyRunning == 0 || request.IsReadOnly))
            return true;
        return InOpenSection(request);
    }

    private protected bool InOpenSection(Request request) =>
        _sections is not null && RequestContext.IdOf(request.Context) is var id && id != Guid.Empty && _sections.ContainsKey(id);

    private void AddWaiting(Request request)
    {
        request.Queue = this;
        request.Stage = RequestStage.Waiting;
        _waiting.Add(request);
        if (MayOvertake(request))
            _overtakers++;
    }

    private static bool MayOvertake(Request request) =>
        request.IsAlwaysInterleave || request.IsReadOnly || RequestContext.IdOf(request.Context) != Guid.Empty;

    private void RemoveWaiting(Request request)
    {
        _waiting.Remove(request);
        if (MayOvertake(request))
            _overtakers--;
    }

    private bool Wake() => !_scheduled && !Killed && (_scheduled = true);

    private static ExecutionContext CaptureCleanContext()
    {
        ExecutionContext? clean = null;
        var thread = new Thread(() => clean = ExecutionContext.Capture());
        thread.UnsafeStart();
        thread.Join();
        return clean ?? throw new UnreachableException("A fresh thread has an execution context.");
    }
}
