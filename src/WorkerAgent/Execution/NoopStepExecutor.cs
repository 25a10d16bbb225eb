using Cavra.Actors.Sessions;

namespace Cavra.Actors.WorkerAgent.Execution;

/// <summary>
/// Runs nothing and succeeds at once; for <c>./cavra bench</c>, which measures everything but the process itself. The journal, the
/// channel and all checks are as real as ever.
/// </summary>
internal sealed class NoopStepExecutor : IStepExecutor
{
    /// <inheritdoc/>
    public async Task<StepEnd> Run(StepRun step, IStepObserver observer, CancellationToken stop)
    {
        try
        {
            await observer.Starting();
        }
        catch (Journal.JournalException error)
        {
            return StepEnd.NotRun(StepReason.SandboxError, $"journal: {error.Message}");
        }

        return new() { Outcome = StepOutcome.Succeeded, ExitCode = step.Expect.ExitCode };
    }
}
