namespace Cavra.Actors.WorkerAgent.Execution;

/// <summary>The exec boundary. What stands behind it runs a step; everything else of the agent is on this side.</summary>
internal interface IStepExecutor
{
    /// <summary>Runs one step to its end. Does not throw for anything that a step or the machine can do.</summary>
    /// <param name="stop">Kills the process tree; the end's reason is then <c>cancelled</c>.</param>
    Task<StepEnd> Run(StepRun step, IStepObserver observer, CancellationToken stop);
}

/// <summary>Learns what happens to a running step, in order.</summary>
internal interface IStepObserver
{
    /// <summary>The sandbox stands and the command is about to run. It does not run before this has ended, nor when it fails.</summary>
    /// <exception cref="Journal.JournalException">The start could not be made durable.</exception>
    Task Starting();

    /// <summary>A chunk of output. As long as this has not ended nothing more is read, so the step's pipes fill and it waits.</summary>
    ValueTask Output(OutputChunk chunk, CancellationToken stop);
}

/// <summary>A piece of a step's output.</summary>
/// <param name="Seq">1, 2, 3, ... over both streams of one attempt.</param>
/// <param name="Type"><c>stdout</c>, <c>stderr</c> or <c>status</c>.</param>
/// <param name="Data">At most 32 KiB as UTF-8; no half characters, no NUL.</param>
internal sealed record OutputChunk(long Seq, string Type, string Data);
