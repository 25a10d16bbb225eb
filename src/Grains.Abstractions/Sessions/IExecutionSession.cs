using System.Collections.Immutable;
using Cavra.Actors.Dispatch;
using Cavra.Actors.Identity;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Sessions;

/// <summary>One run of a runbook against a ticket; the key is its session number (spec 2.1).</summary>
[Alias("cavra.IExecutionSession")]
public interface IExecutionSession : IGrainWithIntegerKey
{
    /// <summary>Carries out what a person asks; answers with the session afterwards or a refusal.</summary>
    [Alias("Execute")]
    Task<SessionReply> Execute(SessionCommand command);

    /// <summary>
    /// Takes what a worker reports, in order, in one turn and one commit. Stale or repeated frames change nothing and are answered as such.
    /// </summary>
    /// <param name="worker">The channel's worker, by certificate.</param>
    /// <param name="frames">At most 256 frames of this session.</param>
    [Alias("Report")]
    Task<ImmutableArray<FrameReceipt>> Report(WorkerId worker, ImmutableArray<SessionFrame> frames);

    /// <summary>The session as it is now; null when there is none.</summary>
    [Alias("View"), AlwaysInterleave]
    Task<SessionView?> View();

    /// <summary>The session once it has ended or the wait is over, whichever is first; null when there is none.</summary>
    /// <param name="wait">At most 25 s, below the limit of a call.</param>
    [Alias("AwaitEnd"), AlwaysInterleave]
    Task<SessionView?> AwaitEnd(TimeSpan wait);

    /// <summary>Why it does not run; null when there is no such session.</summary>
    [Alias("Why")]
    Task<WhyView?> Why();

    /// <summary>Something that the session waits for may have changed: look again and make the world match the state. Repeats do no harm.</summary>
    [Alias("Nudge"), OneWay]
    Task Nudge();

    /// <summary>
    /// The worker's channel or the worker itself was lost (<paramref name="lost"/>), or is back. Only the current assignment is touched.
    /// </summary>
    [Alias("WorkerChanged"), OneWay]
    Task WorkerChanged(WorkerId worker, AssignmentId assignment, bool lost);
}

/// <summary>What became of one reported frame.</summary>
/// <param name="Accepted">Taken, now or before.</param>
/// <param name="Duplicate">It had been taken before.</param>
/// <param name="Code">Why it was refused (<c>stale_assignment</c>, <c>not_found</c>, <c>out_of_order</c>, ...).</param>
/// <param name="AckedStreamSeq">For output: stored up to here.</param>
[GenerateSerializer, Alias("cavra.frame-receipt"), Immutable]
public sealed record FrameReceipt(bool Accepted, bool Duplicate, string? Code, long AckedStreamSeq = 0);
