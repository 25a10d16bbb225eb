using System.Threading.Channels;
using Cavra.Actors.Journal;
using Cavra.Actors.Storage.Connections;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Cavra.Actors.Storage.Journal;

/// <summary>One connection that commits group after group. Lives through lost connections: what was under way is sent again and recognised.</summary>
internal sealed class CommitLane
{
    private const int CollisionLimit = 8;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly Channel<PendingCommit> _offered = Channel.CreateUnbounded<PendingCommit>(new() { SingleReader = true });
    private readonly List<PendingCommit> _waiting = [];
    private readonly CommitGroup _group;
    private readonly int _number;
    private readonly StorageConnections _connections;
    private readonly CommitBatch _batch;
    private readonly Action<PendingCommit> _completed;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Task _loop;
    private NpgsqlConnection? _connection;
    private TimeSpan _pause;

    internal CommitLane(
        int number, StorageConnections connections, CommitBatch batch, Action<PendingCommit> completed, TimeProvider clock, ILogger logger)
    {
        _number = number;
        _connections = connections;
        _batch = batch;
        _completed = completed;
        _clock = clock;
        _logger = logger;
        _group = new(connections.Options.AppendBatchLimit, connections.Options.AppendBatchLimitBytes);
        _loop = Task.Run(RunAsync);
    }

    internal bool Offer(PendingCommit pending) => _offered.Writer.TryWrite(pending);

    internal async Task CloseAsync()
    {
        _offered.Writer.TryComplete();
        await _loop;
    }

    private async Task RunAsync()
    {
        while (_waiting.Count > 0 || await _offered.Reader.WaitToReadAsync())
        {
            while (_offered.Reader.TryRead(out var offered)) _waiting.Add(offered);
            Expire();
            if (_waiting.Count == 0) continue;
            var group = _group.Take(_waiting);
            try
            {
                await CommitAsync(group);
                Recovered();
            }
            catch (Exception e) when (DatabaseFaults.IsDatabase(e))
            {
                await LoseConnectionAsync(group, e);
            }
            catch (Exception e)
            {
                // A broken invariant of ours: its appends must not wait for ever, and the lane must live on.
                _logger.Broken(_number, e);
                foreach (var pending in group) Fail(pending, e);
            }
        }
        if (_connection is not null) await _connection.DisposeAsync();
    }

    private async Task CommitAsync(IReadOnlyList<PendingCommit> group)
    {
        _connection ??= await _connections.OpenAppendAsync(CancellationToken.None);
        HashSet<long> won;
        try
        {
            won = await _batch.SendAsync(_connection, group, CancellationToken.None);
        }
        catch (PostgresException e) when (DatabaseFaults.Of(e) is not DatabaseFault.Unavailable)
        {
            await RetryAsync(group, e);
            return;
        }

        List<PendingCommit>? lost = null;
        foreach (var pending in group)
        {
            if (won.Contains(pending.Commit.Session.Value)) Complete(pending, new(AppendOutcome.Committed));
            else (lost ??= []).Add(pending);
        }
        if (lost is null) return;
        foreach (var (pending, outcome) in await LostCommits.JudgeAsync(_connection, lost, CancellationToken.None))
        {
            if (outcome is { } result) Complete(pending, result);
            else Again(pending);
        }
    }

    // The server undid the whole transaction. Halving finds the append that it objects to, and spares all others.
    private async Task RetryAsync(IReadOnlyList<PendingCommit> group, PostgresException error)
    {
        if (group.Count > 1)
        {
            var half = group.Count / 2;
            await CommitAsync([.. group.Take(half)]);
            await CommitAsync([.. group.Skip(half)]);
            return;
        }
        var pending = group[0];
        if (DatabaseFaults.Of(error) is DatabaseFault.Collision && ++pending.Collisions <= CollisionLimit)
        {
            Again(pending);
            return;
        }
        _logger.Refused(pending.Commit.Session.Value, pending.Commit.ExpectedSeq, error.SqlState, error.MessageText);
        Fail(pending, new InvalidOperationException(
            $"The database refuses the commit of session {pending.Commit.Session} after {pending.Commit.ExpectedSeq}: {error.MessageText} ({error.SqlState}).", error));
    }

    private async Task LoseConnectionAsync(IReadOnlyList<PendingCommit> group, Exception error)
    {
        if (_pause == TimeSpan.Zero) _logger.Lost(_number, error.Message);
        foreach (var pending in group)
        {
            if (pending.Outcome.IsCompleted) continue;
            // Sent or not, known or not: when it is sent again, the fence stops a second effect and the hash tells that it was ours.
            pending.InDoubt |= _connection is not null;
            if (!_waiting.Contains(pending)) Again(pending);
        }
        if (_connection is not null)
        {
            await CloseQuietlyAsync(_connection);
            _connection = null;
        }
        _pause = _pause == TimeSpan.Zero ? FirstPause : _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
        await Task.Delay(_pause, _clock);
    }

    private void Recovered()
    {
        if (_pause == TimeSpan.Zero) return;
        _pause = TimeSpan.Zero;
        _logger.Recovered(_number);
    }

    // Only while the database is away do appends get old.
    private void Expire()
    {
        if (_pause == TimeSpan.Zero) return;
        var now = _clock.GetTimestamp();
        foreach (var pending in _waiting.Where(p => p.ExpiresAt <= now)) Complete(pending, new(AppendOutcome.Unavailable));
        _waiting.RemoveAll(p => p.Outcome.IsCompleted);
    }

    private void Again(PendingCommit pending) => _waiting.Add(pending);

    private void Complete(PendingCommit pending, AppendResult result)
    {
        if (pending.Complete(result)) _completed(pending);
    }

    private void Fail(PendingCommit pending, Exception error)
    {
        if (pending.Fail(error)) _completed(pending);
    }

    private static async Task CloseQuietlyAsync(NpgsqlConnection connection)
    {
        try
        {
            await connection.DisposeAsync();
        }
        catch (Exception e) when (DatabaseFaults.IsDatabase(e))
        {
            // It is lost already.
        }
    }
}
