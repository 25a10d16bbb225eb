using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Sessions;

/// <summary>What can come to a session.</summary>
internal abstract record SessionInput
{
    private SessionInput() { }

    /// <summary>A person asks.</summary>
    public sealed record Asked(SessionCommand Command) : SessionInput;

    /// <summary>A worker reports.</summary>
    public sealed record Told(WorkerId Worker, SessionFrame Frame) : SessionInput;

    /// <summary>The dispatcher offers a worker.</summary>
    public sealed record Offered(WorkerId Worker, TransportChannel Transport) : SessionInput;

    /// <summary>An approval task as it stands now.</summary>
    public sealed record TaskSeen(ApprovalTaskView Task) : SessionInput;

    /// <summary>A worker or its channel is gone.</summary>
    public sealed record WorkerGone(WorkerId Worker, AssignmentId Assignment) : SessionInput;

    /// <summary>A worker is back.</summary>
    public sealed record WorkerBack(WorkerId Worker, AssignmentId Assignment) : SessionInput;

    /// <summary>Time went by. <paramref name="AckedAt"/>: when the present assignment's ACK came, if it did; an ACK is not an event.</summary>
    public sealed record TimePassed(DateTimeOffset? AckedAt) : SessionInput;
}

/// <summary>What a decision may use besides state and input: no clock and no ids of its own.</summary>
/// <param name="Session">The session's number.</param>
/// <param name="Now">Now, to the millisecond.</param>
/// <param name="By">Who acts.</param>
/// <param name="Options">The limits in force.</param>
internal readonly record struct Moment(SessionId Session, DateTimeOffset Now, string By, SessionOptions Options);
