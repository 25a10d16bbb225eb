using System.Collections.Immutable;
using Cavra.Actors.Journal;

namespace Cavra.Actors.Sessions;

/// <summary>The read rows that one turn changes (spec 3.4): worked out from the state before and after.</summary>
internal static class SessionRows
{
    /// <summary>The session's row; with the static columns when it is new.</summary>
    public static SessionRow Row(Session? before, Session after, DateTimeOffset now) => new()
    {
        State = after.State,
        Reason = after.Reason,
        WorkerId = SessionViews.ShownWorker(after),
        TransportChannel = after.Placement.HasWorker ? after.Placement.Transport : after.Former?.Placement.Transport,
        CurrentStep = after.CurrentStep,
        AssignmentRetryCount = after.AssignmentRetries,
        StartedAt = after.StartedAt,
        CompletedAt = after.CompletedAt,
        UpdatedAt = now,
        DeadlineAt = SessionMachine.NextDeadline(after)?.At,
        Static = before is null ? Static(after) : null,
    };

    /// <summary>Rows of the steps that changed; all of them, with what was planned, when the session is new.</summary>
    public static ImmutableArray<StepRow> Steps(Session? before, Session after)
    {
        if (before is not null && before.Steps == after.Steps) return [];
        var rows = ImmutableArray.CreateBuilder<StepRow>();
        for (var at = 0; at < after.Steps.Length; at++)
        {
            if (before is not null && ReferenceEquals(before.Steps[at], after.Steps[at])) continue;
            rows.Add(Step(after.Steps[at], before is null ? after.Plan.Steps[at] : null));
        }

        return rows.DrainToImmutable();
    }

    /// <summary>Rows of the assignments that began, became ready or ended.</summary>
    public static ImmutableArray<AssignmentRow> Assignments(Session? before, Session after, DateTimeOffset now)
    {
        var was = before?.Placement;
        var @is = after.Placement;
        ImmutableArray<AssignmentRow> rows = [];
        if (was is { HasWorker: true } && was.Assignment != @is.Assignment && after.Former is { } former && former.Placement.Assignment == was.Assignment)
            rows = rows.Add(Assignment(former.Placement, former.Failure is null ? "released" : "failed", former.Failure, now));
        if (@is.HasWorker && (was is null || was.Kind != @is.Kind || was.Assignment != @is.Assignment))
            rows = rows.Add(Assignment(@is, @is.Kind == PlacementKind.Held ? "active" : "assigned", null, now));
        return rows;
    }

    private static AssignmentRow Assignment(Placement placement, string status, string? failure, DateTimeOffset now) => new()
    {
        AssignmentId = placement.Assignment!.Value,
        WorkerId = placement.Worker!.Value,
        Attempt = placement.Fence,
        Status = status,
        AssignedAt = placement.Since,
        AckedAt = placement.HeldAt,
        ReleasedAt = status is "released" or "failed" ? now : null,
        FailureReason = failure,
    };

    private static StepRow Step(StepProgress step, PlannedStep? planned) => new()
    {
        StepNumber = step.Number,
        State = step.State,
        Reason = step.Reason,
        Outcome = step.Outcome,
        Attempt = SessionViews.ShownAttempt(step),
        ExitCode = step.ExitCode,
        ExecutionMs = step.ExecutionMs,
        StartedAt = step.StartedAt,
        CompletedAt = step.CompletedAt,
        CredentialsUsed = step.CredentialsUsed,
        Planned = planned,
    };

    private static SessionStaticRow Static(Session session) => new()
    {
        TicketId = session.TicketId,
        RunbookId = session.Plan.RunbookId,
        RunbookVersion = session.Plan.RunbookVersion,
        RunbookDigest = session.Plan.RunbookDigest,
        PlanDigest = session.Plan.Digest,
        ValidationMode = session.Plan.ValidationMode,
        Environment = session.Plan.Environment,
        EnvironmentProfile = session.Plan.EnvironmentProfile,
        SandboxProfile = session.Plan.SandboxProfile,
        IdempotencyKey = session.IdempotencyKey,
        RequestedBy = session.RequestedBy,
        CreatedAt = session.CreatedAt,
    };
}
