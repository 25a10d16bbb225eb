using System.Collections.Immutable;
using Cavra.Actors.WorkerAgent.Assignments;
using Cavra.Actors.WorkerAgent.Hosting;
using Cavra.Actors.Workers;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.WorkerAgent.Channel;

/// <summary>Keeps the worker registered and its channel open, and carries frames between them and the desk.</summary>
internal sealed partial class AgentConnection(
    AgentOptions options,
    ImmutableArray<string> profiles,
    IAgentServer server,
    AssignmentDesk desk,
    Outbox outbox,
    Lease lease,
    TimeProvider time,
    ILogger<AgentConnection> log) : IDisposable
{
    private const string NotRegisteredCode = "worker_not_registered";
    private readonly SemaphoreSlim _beating = new(1, 1);
    private AgentTiming _timing = AgentTiming.Default;

    /// <summary>Runs until it is stopped.</summary>
    /// <exception cref="AgentServerException">The first registration was refused for good.</exception>
    internal async Task Run(CancellationToken stop)
    {
        await Task.Yield();
        var backoff = new Backoff(Random.Shared);
        var registered = false;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                _timing = await server.Register(Registration(), stop);
                registered = true;
                await using var link = await server.Connect(stop);
                LogConnected(log, options.Name, server.Description);
                await Serve(link, backoff, stop);
            }
            catch (AgentServerException error) when (registered || !error.IsFinal)
            {
                LogLost(log, server.Description, error.Code, error.Message);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error) when (error is not AgentServerException)
            {
                // A fault of this program must not leave the worker deaf: a new channel starts from what is known.
                LogFault(log, error);
            }

            await Pause(backoff.Next(), stop);
        }
    }

    /// <summary>Renews the lease and hears what has been revoked. Never throws for an orchestrator that does not answer.</summary>
    internal async Task HeartbeatNow(CancellationToken cancel)
    {
        try
        {
            await Beat(cancel);
        }
        catch (AgentServerException error)
        {
            LogNoHeartbeat(log, error.Code, error.Message);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The caller gave up.
        }
    }

    public void Dispose() => _beating.Dispose();

    private async Task Serve(IAgentLink link, Backoff backoff, CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        outbox.Rewind();
        Task[] work = [Receive(link, over.Token), Send(link, over.Token), Heartbeats(backoff, over.Token)];
        var first = await Task.WhenAny(work);
        await over.CancelAsync();
        // Also wakes a receiver that does not look at its token.
        await link.DisposeAsync();
        await Task.WhenAll(work).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        stop.ThrowIfCancellationRequested();
        await first;
    }

    private async Task Receive(IAgentLink link, CancellationToken over)
    {
        while (await link.Receive(over) is { IsEmpty: false } frames)
            foreach (var frame in frames)
                desk.Handle(frame);
        throw new AgentServerException("unreachable", "the orchestrator closed the channel");
    }

    private async Task Send(IAgentLink link, CancellationToken over)
    {
        while (true)
            await link.Send(await outbox.Take(over), over);
    }

    private async Task Heartbeats(Backoff backoff, CancellationToken over)
    {
        while (true)
        {
            try
            {
                if (!await Beat(over))
                    throw NotRegistered();
                backoff.Reset();
            }
            catch (AgentServerException error) when (error.Code != NotRegisteredCode)
            {
                // The channel may be well all the same; if it is not, its own pings say so.
                LogNoHeartbeat(log, error.Code, error.Message);
            }

            // Up to a sixth earlier, never later: many workers started together drift apart.
            await Task.Delay(_timing.Heartbeat * (1 - (Random.Shared.NextDouble() / 6)), time, over);
        }
    }

    /// <returns>False when the orchestrator does not know this worker.</returns>
    private async Task<bool> Beat(CancellationToken cancel)
    {
        await _beating.WaitAsync(cancel);
        try
        {
            var sentAt = time.GetTimestamp();
            var (state, sessions) = desk.Load();
            var heartbeat = new AgentHeartbeat { WorkerId = options.Name, State = state, CurrentLoad = sessions.Length, Sessions = sessions };
            var reply = await server.Heartbeat(heartbeat, cancel);
            if (reply.State is null)
                return false;
            if (!reply.Revoked.IsDefaultOrEmpty)
                desk.Revoke(reply.Revoked);
            lease.Renew(sentAt, _timing.OfflineAfter);
            return true;
        }
        finally
        {
            _beating.Release();
        }
    }

    private AgentRegistration Registration() => new()
    {
        WorkerId = options.Name,
        Capabilities = options.Capabilities,
        NetworkSegment = options.Segment,
        Environments = options.Environments,
        MaxConcurrency = options.MaxConcurrency,
        Version = options.Version,
        Sandbox = profiles,
    };

    private async Task Pause(TimeSpan wait, CancellationToken stop)
    {
        try
        {
            await Task.Delay(wait, time, stop);
        }
        catch (OperationCanceledException)
        {
            // The loop sees it.
        }
    }

    private static AgentServerException NotRegistered() => new(NotRegisteredCode, "the orchestrator does not know this worker; it registers again");

    [LoggerMessage(3001, LogLevel.Information, "worker {WorkerId} connected to {Server}")]
    private static partial void LogConnected(ILogger logger, string workerId, string server);

    [LoggerMessage(3002, LogLevel.Warning, "no connection to {Server} ({Code}): {Problem}")]
    private static partial void LogLost(ILogger logger, string server, string code, string problem);

    [LoggerMessage(3003, LogLevel.Warning, "heartbeat failed ({Code}): {Problem}")]
    private static partial void LogNoHeartbeat(ILogger logger, string code, string problem);

    [LoggerMessage(3004, LogLevel.Error, "the channel failed here")]
    private static partial void LogFault(ILogger logger, Exception error);
}
