using System.Collections.Immutable;
using Cavra.Actors.Approvals;

namespace Cavra.Actors.Sessions;

/// <summary>The session of the contract, made from the state.</summary>
internal static class SessionViews
{
    /// <summary>The whole view. Of outputs it knows only size and truncation; readers add the ends of the text.</summary>
    public static SessionView Of(Session session)
    {
        var plan = session.Plan;
        var placement = session.Placement.HasWorker ? session.Placement : session.Former?.Placement;
        return new()
        {
            SessionId = session.Id,
            TenantId = session.Tenant,
            TicketId = session.TicketId,
            RunbookId = plan.RunbookId,
            RunbookVersion = plan.RunbookVersion,
            RunbookDigest = plan.RunbookDigest,
            State = session.State,
            Reason = session.Reason,
            ValidationMode = plan.ValidationMode,
            Environment = plan.Environment,
            EnvironmentProfile = plan.EnvironmentProfile,
            SandboxProfile = plan.SandboxProfile,
            TransportChannel = placement?.Transport,
            WorkerId = ShownWorker(session),
            CurrentStep = session.CurrentStep,
            LastEventSeq = session.LastSeq,
            AssignmentRetryCount = session.AssignmentRetries,
            IdempotencyKey = session.IdempotencyKey,
            RequestedBy = session.RequestedBy,
            CreatedAt = session.CreatedAt,
            StartedAt = session.StartedAt,
            CompletedAt = session.CompletedAt,
            Steps = Steps(session),
            Approvals = Approvals(session),
            Outputs = Outputs(session),
            Title = plan.Title,
            Detail = session.Detail,
        };
    }

    /// <summary>The worker that has the session, or, after its end, had it last.</summary>
    public static Identity.WorkerId? ShownWorker(Session session) =>
        session.Placement.HasWorker ? session.Placement.Worker : session.Ended ? session.Former?.Placement.Worker : null;

    /// <summary>Attempts that were begun or asked for: 0 for a step that was not reached.</summary>
    public static int ShownAttempt(StepProgress step) => step is { Dispatched: false, Attempt: 1 } ? 0 : step.Attempt;

    private static ImmutableArray<StepView> Steps(Session session)
    {
        var views = ImmutableArray.CreateBuilder<StepView>(session.Steps.Length);
        for (var at = 0; at < session.Steps.Length; at++) views.Add(Step(session.Plan.Steps[at], session.Steps[at]));
        return views.MoveToImmutable();
    }

    private static StepView Step(PlannedStep planned, StepProgress step) => new()
    {
        StepNumber = planned.Number,
        Name = planned.Name,
        Phase = planned.Phase,
        State = step.State,
        Reason = step.Reason,
        Outcome = step.Outcome,
        Command = planned.Command,
        Args = new(planned.TimeoutSeconds, planned.WorkingDirectory, planned.Command.Shell),
        Attempt = ShownAttempt(step),
        BlastRadius = planned.BlastRadius,
        Critical = planned.Critical,
        Destructive = planned.Destructive,
        Irreversible = planned.Irreversible,
        ApprovalPolicy = planned.ApprovalPolicy,
        SandboxProfile = planned.SandboxProfile,
        CredentialsUsed = step.CredentialsUsed,
        ExitCode = step.ExitCode,
        ExecutionMs = step.ExecutionMs,
        StartedAt = step.StartedAt,
        CompletedAt = step.CompletedAt,
        Rollback = planned.Rollback is { } rollback
            ? new()
            {
                Command = rollback.Command,
                Conditions = rollback.Conditions.IsDefault ? [] : rollback.Conditions,
                State = step.RollbackState,
                Outcome = step.RollbackOutcome,
                ExitCode = step.RollbackExitCode,
                Digest = planned.RollbackDigest,
            }
            : null,
        Targets = planned.Targets,
        ActionBudget = planned.ActionBudget,
        Digest = planned.Digest,
        Detail = step.Detail,
    };

    private static ImmutableArray<ApprovalView> Approvals(Session session)
    {
        var views = ImmutableArray.CreateBuilder<ApprovalView>();
        foreach (var approval in session.Approvals)
        {
            // What the rules approved was never asked of anyone: it stands in the events (approval.resolved, automatic), not in lists or the inbox.
            if (approval.Automatic) continue;
            views.Add(new()
            {
                ApprovalId = approval.Id,
                StepNumbers = approval.StepNumbers,
                State = approval.State,
                Reason = approval.Reason,
                Digest = approval.Digest,
                Quorum = approval.Quorum,
                Votes = approval.Votes,
                RequestedAt = approval.RequestedAt,
                ExpiresAt = approval.ExpiresAt,
                EscalatedFrom = approval.EscalatedFrom,
            });
        }

        return views.DrainToImmutable();
    }

    private static ImmutableSortedDictionary<int, StepOutputView> Outputs(Session session)
    {
        var outputs = ImmutableSortedDictionary<int, StepOutputView>.Empty;
        foreach (var step in session.Steps)
        {
            var bytes = session.Run is { } run && run.Key.Step == step.Number && !run.Key.IsRollback ? run.Bytes : step.OutputBytes;
            if (bytes > 0) outputs = outputs.Add(step.Number, new("", "", bytes, step.OutputTruncated));
        }

        return outputs;
    }
}
