using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Simulation;

/// <summary>What a worker keeps on its disk: what it took, what it started, how that ended.</summary>
internal sealed class WorkerJournal
{
    public Dictionary<AssignmentId, AssignFrame> Taken { get; } = [];

    public HashSet<AssignmentId> Released { get; } = [];

    /// <summary>In order of their start; the result is null while nothing is known.</summary>
    public Dictionary<RunKey, JournalRun> Runs { get; } = [];
}

internal sealed class JournalRun(SessionId session)
{
    public SessionId Session { get; } = session;

    public StepResultFrame? Result { get; set; }

    public bool Reported { get; set; }
}

/// <summary>An assignment as a living worker holds it.</summary>
internal sealed class HeldAssignment(AssignFrame frame)
{
    public AssignFrame Frame { get; } = frame;

    public PreflightFrame? Preflight { get; set; }

    public CommandFrame? Running { get; set; }

    public bool StopAsked { get; set; }

    public bool Closing { get; set; }
}
