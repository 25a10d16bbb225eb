using System.Collections.Immutable;
using Cavra.Actors.WorkerAgent.Assignments;
using Cavra.Actors.WorkerAgent.Channel;
using Cavra.Actors.WorkerAgent.Execution;
using Cavra.Actors.WorkerAgent.Journal;
using Cavra.Actors.WorkerAgent.Sandbox;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.WorkerAgent.Hosting;

/// <summary>
/// A worker: connects to an orchestrator, takes sessions, runs their steps. In a process of its own, or within the host
/// (<c>transport_channel</c> <c>in_process</c>) over an <see cref="IAgentServer"/> that needs no network.
/// </summary>
public sealed class Agent : IAsyncDisposable
{
    private readonly IAgentServer _server;
    private readonly StepJournal _journal;
    private readonly CgroupTree? _cgroups;
    private readonly Outbox _outbox;
    private readonly AssignmentDesk _desk;
    private readonly AgentConnection _connection;
    private readonly CancellationTokenSource _stop = new();
    private readonly TimeProvider _time;

    private Agent(IAgentServer server, StepJournal journal, CgroupTree? cgroups, Outbox outbox, AssignmentDesk desk, AgentConnection connection, TimeProvider time)
    {
        (_server, _journal, _cgroups, _outbox, _desk, _connection, _time) = (server, journal, cgroups, outbox, desk, connection, time);
        Completion = connection.Run(_stop.Token);
    }

    /// <summary>Ends when the agent has stopped; fails when the orchestrator refused it for good.</summary>
    public Task Completion { get; }

    /// <summary>Profiles that this machine can provide.</summary>
    public ImmutableArray<string> Profiles { get; private init; } = [];

    /// <summary>Starts a worker. It connects in the background, for as long as it takes.</summary>
    /// <param name="policy">The worker's own judgement, usually <see cref="EvaluatedPolicy"/>.</param>
    /// <param name="digests">How digests are computed again; by the plan compiler's own rule when null.</param>
    /// <exception cref="AgentStartException">It cannot run here; the message says what to do.</exception>
    public static async Task<Agent> Start(
        AgentOptions options, IAgentServer server, IStepPolicy policy, TimeProvider time, ILoggerFactory logs, IStepDigest? digests = null)
    {
        if (options.Problems() is { IsEmpty: false } problems)
            throw new AgentStartException(string.Join("; ", problems));
        var journal = OpenJournal(options);
        try
        {
            return await Build(options, server, journal, policy, digests ?? new RecomputedDigest(), time, logs);
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>Takes nothing new, finishes what it has, reports it, unregisters and stops.</summary>
    /// <param name="now">Stops at once: kills what runs. The next start reports it as unknown.</param>
    public async Task Drain(CancellationToken now)
    {
        _desk.IsDraining = true;
        try
        {
            await TryUntilDone(async () =>
            {
                await _server.Drain(now);
                return true;
            }, now);
            await _desk.WhenEmpty().WaitAsync(now);
            await TryUntilDone(() => _server.Unregister(now), now);
        }
        catch (OperationCanceledException) when (now.IsCancellationRequested)
        {
            // The second signal: what is left is killed by the disposal.
        }
    }

    /// <summary>Stops at once. Steps that run are killed.</summary>
    public async ValueTask DisposeAsync()
    {
        // The channel first: a step that is killed here was not cancelled by anyone, so its end is not reported as if it had been.
        await _stop.CancelAsync();
        await Completion.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        await _desk.StopAll();
        await _server.DisposeAsync();
        _journal.Dispose();
        _cgroups?.Close();
        _connection.Dispose();
        _outbox.Dispose();
        _stop.Dispose();
    }

    private static StepJournal OpenJournal(AgentOptions options)
    {
        try
        {
            return StepJournal.Open(options.DataFolder);
        }
        catch (Exception error) when (error is JournalException or UnauthorizedAccessException or IOException)
        {
            throw new AgentStartException($"{error.Message}. Give the worker a data folder of its own (--data) with room in it.", error);
        }
    }

    private static async Task<Agent> Build(
        AgentOptions options, IAgentServer server, StepJournal journal, IStepPolicy policy, IStepDigest digests, TimeProvider time, ILoggerFactory logs)
    {
        var label = SandboxSetup.LabelFor(options.DataFolder);
        OrphanSweep.Run(label);
        var setup = await SandboxSetup.Open(options);
        var outbox = new Outbox();
        var lease = new Lease(time);
        var folders = new WorkFolders(options.DataFolder, time);
        var paths = new WritablePaths([Path.GetFullPath(options.DataFolder)]);
        IStepExecutor executor = options.NoopExecutor
            ? new NoopStepExecutor()
            : new SandboxStepExecutor(setup.Launcher, setup.Machine, time, label, options.OutputLimitBytes);
        AgentConnection? connection = null;
        var runner = new StepRunner(
            journal, outbox, executor, new CommandCheck(policy, digests, paths), new NoCredentialSource(), folders, lease, cancel => connection!.HeartbeatNow(cancel), time, logs.CreateLogger<StepRunner>());
        var preflight = new Preflight(setup.Machine, options.Capabilities, policy, paths, folders);
        var desk = new AssignmentDesk(journal, outbox, runner, preflight, folders, options.MaxConcurrency, time, logs.CreateLogger<AssignmentDesk>());
        desk.Recover();
        connection = new AgentConnection(options, setup.Machine.Provided, server, desk, outbox, lease, time, logs.CreateLogger<AgentConnection>());
        return new Agent(server, journal, setup.Cgroups, outbox, desk, connection, time) { Profiles = setup.Machine.Provided };
    }

    private async Task TryUntilDone(Func<Task<bool>> action, CancellationToken now)
    {
        var backoff = new Backoff(Random.Shared);
        while (true)
        {
            try
            {
                if (await action())
                    return;
            }
            catch (AgentServerException) when (!now.IsCancellationRequested)
            {
                // Tried again below, as long as it takes or until the second signal.
            }

            await Task.Delay(backoff.Next(), _time, now);
        }
    }
}
