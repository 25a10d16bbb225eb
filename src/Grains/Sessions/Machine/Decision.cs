using Cavra.Actors.Identity;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Sessions;

/// <summary>What the machine answers.</summary>
internal abstract record Decision
{
    private Decision() { }

    /// <summary>Output that is stored up to here, for the worker's resend buffer.</summary>
    public long AckedStreamSeq { get; init; }

    /// <summary>It happens: these events, after which the session is this one. Without events only the shell's memory changes.</summary>
    public sealed record Accepted(Session Session, IReadOnlyList<SessionEvent> Events) : Decision;

    /// <summary>A late result told what became of a run: recorded, and refused as stale all the same.</summary>
    public sealed record Settled(Session Session, IReadOnlyList<SessionEvent> Events) : Decision;

    /// <summary>It happened before, or does not matter.</summary>
    public sealed record NoOp(string Code) : Decision;

    /// <summary>A vote for this approval task to judge.</summary>
    public sealed record Ballot(ApprovalId Approval) : Decision;

    /// <summary>It does not happen.</summary>
    public sealed record Refused(Refusal Refusal) : Decision;
}
