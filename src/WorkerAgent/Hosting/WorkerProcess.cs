using System.Runtime.InteropServices;
using Cavra.Actors.Policy;
using Cavra.Actors.WorkerAgent.Assignments;
using Cavra.Actors.WorkerAgent.Channel;
using Cavra.Actors.WorkerAgent.Logging;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.WorkerAgent.Hosting;

/// <summary>The worker as a process of its own: SIGTERM or SIGINT drains it, a second one stops it at once.</summary>
internal static partial class WorkerProcess
{
    private const int Refused = 1;
    private const int Unusable = 2;

    internal static async Task<int> Run(string[] args)
    {
        if (args is ["--help"] or ["-h"])
        {
            Console.WriteLine(WorkerSettings.Usage);
            return 0;
        }

        try
        {
            var settings = WorkerSettings.Read(args, Directory.GetCurrentDirectory());
            using var logs = WorkerLogs.Open(settings.Agent.Name, settings.Log, settings.LogLevel);
            return await Run(settings, logs);
        }
        catch (Exception error) when (error is AgentStartException or PolicyDataException or FileNotFoundException or InvalidDataException)
        {
            await Console.Error.WriteLineAsync($"worker: {error.Message}");
            return Unusable;
        }
    }

    private static async Task<int> Run(WorkerSettings settings, ILoggerFactory logs)
    {
        var log = logs.CreateLogger("Worker");
        var (own, authority) = WorkerCertificates.Load(settings);
        using var certificate = own;
        var server = new HttpAgentServer(settings.Agent.Name, settings.Api, own, authority, settings.Ping, problem => LogBadFrame(log, problem));
        var policy = new EvaluatedPolicy(PolicyDataSource.Open(settings.PolicyData, TimeProvider.System));
        await using var agent = await Agent.Start(settings.Agent, server, policy, TimeProvider.System, logs);
        LogStarted(log, settings.Agent.Name, Environment.ProcessId, string.Join(',', agent.Profiles), settings.Agent.NoopExecutor);

        using var signals = new StopSignals();
        try
        {
            if (await Task.WhenAny(agent.Completion, signals.First) == agent.Completion)
                await agent.Completion;
        }
        catch (AgentServerException error)
        {
            LogRefused(log, error.Code, error.Message);
            await Console.Error.WriteLineAsync($"worker: the orchestrator refuses {settings.Agent.Name} ({error.Code}): {error.Message}");
            return Refused;
        }

        LogDraining(log, settings.Agent.Name);
        await agent.Drain(signals.Second);
        LogStopped(log, settings.Agent.Name);
        return 0;
    }

    /// <summary>The first signal and the second.</summary>
    private sealed class StopSignals : IDisposable
    {
        private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly CancellationTokenSource _second = new();
        private readonly PosixSignalRegistration[] _registrations;

        internal StopSignals() =>
            _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, Note), PosixSignalRegistration.Create(PosixSignal.SIGINT, Note)];

        internal Task First => _first.Task;

        internal CancellationToken Second => _second.Token;

        public void Dispose()
        {
            foreach (var registration in _registrations)
                registration.Dispose();
            _second.Dispose();
        }

        private void Note(PosixSignalContext context)
        {
            context.Cancel = true;
            if (!_first.TrySetResult())
                _second.Cancel();
        }
    }

    [LoggerMessage(3301, LogLevel.Information, "worker {WorkerId} started, pid {Pid}; sandbox profiles: {Profiles}; no-op executor: {Noop}")]
    private static partial void LogStarted(ILogger logger, string workerId, int pid, string profiles, bool noop);

    [LoggerMessage(3302, LogLevel.Information, "worker {WorkerId} drains")]
    private static partial void LogDraining(ILogger logger, string workerId);

    [LoggerMessage(3303, LogLevel.Information, "worker {WorkerId} stopped")]
    private static partial void LogStopped(ILogger logger, string workerId);

    [LoggerMessage(3304, LogLevel.Error, "the orchestrator refuses this worker ({Code}): {Problem}")]
    private static partial void LogRefused(ILogger logger, string code, string problem);

    [LoggerMessage(3305, LogLevel.Warning, "a frame was not understood: {Problem}")]
    private static partial void LogBadFrame(ILogger logger, string problem);
}
