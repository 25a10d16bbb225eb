namespace Cavra.Actors.Embedded;

internal abstract partial class TurnQueue
{
    private protected bool IsQuiet => _running.Count == 0 && _waiting.Count == 0;

    internal int RunningCount => _running.Count;

    internal int WaitingCount => _waiting.Count;

    /// <summary>Completes when no request runs or waits.</summary>
    internal Task WhenQuiet()
    {
        lock (Gate)
        {
            if (Killed || IsQuiet)
                return Task.CompletedTask;
            _quiet ??= new TaskCompletionSource();
            return _quiet.Task;
        }
    }

    /// <summary>Fails what has waited or run past its deadline; answers when to look again, null when nothing is outstanding.</summary>
    internal long? Expire(long now, long timeout)
    {
        List<(Request Request, string Text)>? expired = null;
        long? next = null;
        lock (Gate)
        {
            Collect(_waiting.First);
            Collect(_running.First);
            if (expired is not null)
            {
                foreach (var (request, _) in expired)
                {
                    request.TimedOut = true;
                    if (request.Stage == RequestStage.Waiting)
                        RemoveWaiting(request);
                }
            }

            _watched = next is not null;
        }

        foreach (var (request, text) in expired ?? [])
            request.Fail(new TimeoutException(text));
        return next;

        void Collect(Request? first)
        {
            for (var request = first; request is not null; request = request.Next)
            {
                if (request.IsInternal || request.TimedOut)
                    continue;
                var due = request.SentAt + timeout;
                if (due <= now)
                    (expired ??= []).Add((request, CallChain.DescribeTimeout(request, this, Host.Options.CallTimeout)));
                else if (next is null || due < next)
                    next = due;
            }
        }
    }

    internal Request? FirstRunning => _running.First;

    /// <summary>Ends at once: nothing of it runs again, what it owed fails with <paramref name="error"/>.</summary>
    internal virtual void Kill(Exception error)
    {
        List<Request> owed;
        TaskCompletionSource? quiet;
        lock (Gate)
        {
            if (Killed)
                return;
            Killed = true;
            _firstContinuation = _lastContinuation = null;
            owed = _running.Clear();
            owed.AddRange(_waiting.Clear());
            (quiet, _quiet) = (_quiet, null);
        }

        foreach (var request in owed)
            request.Fail(error);
        quiet?.TrySetResult();
    }

    /// <summary>Takes everything that waits, in order. Called under the lock.</summary>
    private protected List<Request> TakeWaiting()
    {
        _overtakers = 0;
        return _waiting.Clear();
    }

    /// <summary>Puts requests in before the queue is known to anyone else.</summary>
    private protected void Seed(List<Request> requests)
    {
        foreach (var request in requests)
            AddWaiting(request);
        _watched = true;
    }
}
