using Cavra.Actors.Journal;
using Cavra.Actors.Storage.Connections;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.Storage.Journal;

/// <summary>
/// Group commit: appends that are ready together share one transaction. Each lane sends what has gathered while its last transaction ran, so an idle
/// lane sends at once, and the groups grow by themselves under load.
/// </summary>
internal sealed class GroupCommit : IAsyncDisposable
{
    // Waits for real input and output are in real time, whatever clock the grains live by.
    private readonly TimeProvider _clock = TimeProvider.System;
    private readonly StorageOptions _options;
    private readonly CommitLane[] _lanes;
    private readonly long _timeoutTicks;
    private long _count;
    private long _bytes;

    internal GroupCommit(StorageConnections connections, TimeProvider time, ILogger logger)
    {
        _options = connections.Options;
        _timeoutTicks = (long)(_options.AppendTimeout.TotalSeconds * _clock.TimestampFrequency);
        var knownPlans = new KnownPlans();
        _lanes = [.. Enumerable.Range(0, Math.Clamp(_options.AppendConnections, 1, 4)).Select(n =>
            new CommitLane(n, connections, new CommitBatch(knownPlans, _options.IdempotencyLifetime, time), Forget, _clock, logger))];
    }

    internal Task<AppendResult> AppendAsync(SessionCommit commit)
    {
        CommitShape.Require(commit);
        var pending = new PendingCommit(commit, _clock.GetTimestamp() + _timeoutTicks);
        var count = Interlocked.Increment(ref _count);
        var bytes = Interlocked.Add(ref _bytes, pending.PayloadBytes);
        if (count > _options.AppendQueueLimit || (bytes > _options.AppendQueueLimitBytes && count > 1))
        {
            Forget(pending);
            return Task.FromResult(new AppendResult(AppendOutcome.Overloaded));
        }
        // All appends of one session take one lane: two transactions never wait for each other's sessions.
        var lane = _lanes[(int)((ulong)commit.Session.Value % (ulong)_lanes.Length)];
        if (lane.Offer(pending)) return pending.Outcome;
        Forget(pending);
        return Task.FromResult(new AppendResult(AppendOutcome.Unavailable));
    }

    /// <summary>Takes nothing new and ends when everything taken has its outcome.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_lanes.Select(l => l.CloseAsync()));

    private void Forget(PendingCommit pending)
    {
        Interlocked.Decrement(ref _count);
        Interlocked.Add(ref _bytes, -pending.PayloadBytes);
    }
}
