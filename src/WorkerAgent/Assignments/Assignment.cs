using System.Collections.Immutable;
using Cavra.Actors.Sessions;
using Cavra.Actors.WorkerAgent.Journal;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.WorkerAgent.Assignments;

/// <summary>A session that this worker holds. Guarded by the desk's lock.</summary>
internal sealed class Assignment(AssignFrame frame, ImmutableArray<PlannedStep> steps)
{
    private readonly Dictionary<(int Step, bool IsRollback), int> _highest = [];

    /// <summary>Without its steps, as the journal keeps it.</summary>
    internal AssignFrame Frame { get; } = frame;

    /// <summary>What the pre-flight found, once it has run.</summary>
    internal PreflightFrame? Preflight { get; set; }

    /// <summary>The run of now or next, if any; a session runs one command at a time.</summary>
    internal ActiveRun? Current { get; set; }

    /// <summary>Ends when everything that was started for the session has ended.</summary>
    internal Task Tail { get; set; } = Task.CompletedTask;

    /// <summary>Over: nothing new starts.</summary>
    internal bool IsClosing { get; set; }

    internal PlannedStep? Step(int number) => steps.FirstOrDefault(step => step.Number == number);

    /// <summary>Notes an attempt; false when a later one has been seen.</summary>
    internal bool Admit(StepKey key)
    {
        var place = (key.Step, key.IsRollback);
        if (_highest.TryGetValue(place, out var highest) && key.Attempt < highest)
            return false;
        _highest[place] = key.Attempt;
        return true;
    }
}

/// <summary>A command that is running or about to.</summary>
internal sealed class ActiveRun(StepKey key) : IDisposable
{
    internal StepKey Key { get; } = key;

    internal CancellationTokenSource Stop { get; } = new();

    /// <summary>The worker itself stops: nobody cancelled the step, so its end is left open and the next start reports it as unknown.</summary>
    internal bool IsAbandoned { get; set; }

    /// <summary>Its result is out: the orchestrator may answer with the next command before this run has been put away.</summary>
    internal volatile bool IsReported;

    public void Dispose() => Stop.Dispose();
}
