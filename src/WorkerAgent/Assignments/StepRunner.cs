using Cavra.Actors.Sessions;
using Cavra.Actors.WorkerAgent.Channel;
using Cavra.Actors.WorkerAgent.Execution;
using Cavra.Actors.WorkerAgent.Journal;
using Cavra.Actors.Workers.Channel;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.WorkerAgent.Assignments;

/// <summary>Takes one command from its check to its reported result.</summary>
/// <param name="renewLease">Asks the orchestrator whether the worker still counts; ends when it has answered or cannot be reached.</param>
internal sealed partial class StepRunner(
    StepJournal journal,
    Outbox outbox,
    IStepExecutor executor,
    CommandCheck check,
    ICredentialSource credentials,
    WorkFolders folders,
    Lease lease,
    Func<CancellationToken, Task> renewLease,
    TimeProvider time,
    ILogger<StepRunner> log)
{
    private static readonly TimeSpan LeasePause = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs the command and reports it. With the lease lapsed it waits until the orchestrator has answered, and is dropped when that has given it away.</summary>
    internal async Task Run(AssignFrame assignment, PlannedStep? step, CommandFrame command, ActiveRun run)
    {
        if (!await HoldsLease(command, run.Stop.Token))
            return;

        _ = Note(new IntentRecord(run.Key, command.SessionId, command.Digest));
        var end = await Execute(assignment, step, command, run);
        if (run.IsAbandoned && end.Reason == StepReason.Cancelled)
            return;
        var result = StepReports.Result(command, run.Key, step, end);
        LogEnded(log, command.SessionId.Value, command.StepNumber, command.Attempt, end.Outcome, end.Reason, end.ExitCode, end.ExecutionMs, step?.SandboxProfile);
        // The report does not wait for the line: once the orchestrator has the result, that is where it is durable, and a worker that dies before either
        // reports the step as unknown. The line is for a channel that is away, and on a full disk the report is true all the same.
        _ = Note(new EndedRecord(run.Key, result));
        run.IsReported = true;
        outbox.Add(result);
    }

    private async Task<StepEnd> Execute(AssignFrame assignment, PlannedStep? step, CommandFrame command, ActiveRun run)
    {
        var (ready, refused) = check.Judge(assignment, step, command, folders.At(assignment.AssignmentId));
        if (ready is null)
            return refused!;
        var leased = await credentials.Lease(step!.Credentials, run.Stop.Token);
        if (leased.Refusal is { } none)
            return StepEnd.NotRun(StepReason.CredentialError, none);
        ready = ready with { Credentials = leased.Files, Environment = leased.Environment, Secrets = leased.Secrets };
        return await executor.Run(ready, new Observer(journal, outbox, log, command, run.Key), run.Stop.Token);
    }

    /// <summary>Waits until the orchestrator has said that this worker still counts; false when the run was stopped or revoked meanwhile.</summary>
    private async Task<bool> HoldsLease(CommandFrame command, CancellationToken stop)
    {
        for (var said = false; !lease.IsHeld; said = true)
        {
            if (!said)
                LogNoLease(log, command.SessionId.Value, command.StepNumber, command.Attempt);
            await renewLease(stop);
            if (stop.IsCancellationRequested)
                return false;
            if (!lease.IsHeld)
                await Task.Delay(LeasePause, time, stop).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        return !stop.IsCancellationRequested;
    }

    /// <summary>Writes a line that nothing waits for.</summary>
    private async Task Note(JournalRecord record)
    {
        try
        {
            await journal.Append(record, isAwaited: false);
        }
        catch (JournalException error)
        {
            LogJournal(log, error.Message);
        }
    }

    /// <summary>Carries what a run shows to the journal and the channel.</summary>
    private sealed class Observer(StepJournal journal, Outbox outbox, ILogger log, CommandFrame command, StepKey key) : IStepObserver
    {
        /// <inheritdoc/>
        public async Task Starting()
        {
            await journal.Append(new StartedRecord(key));
            LogStarted(log, command.SessionId.Value, command.StepNumber, command.Attempt, command.Digest);
            outbox.AddSoon(StepReports.Started(command, key));
        }

        /// <inheritdoc/>
        public ValueTask Output(OutputChunk chunk, CancellationToken stop) =>
            outbox.AddOutput(key, StepReports.Output(command, key, chunk), stop);
    }

    [LoggerMessage(3201, LogLevel.Information, "session {SessionId} step {StepNumber} attempt {Attempt} started, command_hash {CommandHash}")]
    private static partial void LogStarted(ILogger logger, long sessionId, int stepNumber, int attempt, string commandHash);

    [LoggerMessage(3202, LogLevel.Information, "session {SessionId} step {StepNumber} attempt {Attempt} ended: {Outcome} {Reason} exit {ExitCode} after {ExecutionMs} ms under {SandboxProfile}")]
    private static partial void LogEnded(
        ILogger logger, long sessionId, int stepNumber, int attempt, StepOutcome outcome, StepReason? reason, int? exitCode, long executionMs, string? sandboxProfile);

    [LoggerMessage(3203, LogLevel.Warning, "session {SessionId} step {StepNumber} attempt {Attempt} waits: the orchestrator has not been heard for longer than the offline limit")]
    private static partial void LogNoLease(ILogger logger, long sessionId, int stepNumber, int attempt);

    [LoggerMessage(3204, LogLevel.Error, "journal: {Problem}")]
    private static partial void LogJournal(ILogger logger, string problem);
}
