using System.Collections.Immutable;
using System.Diagnostics;
using Cavra.Actors.Approvals;
using Cavra.Actors.Dispatch;
using Cavra.Actors.Identity;
using Cavra.Actors.Plans;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Sessions;

/// <summary>What a session sends to others, made from its state alone: the same state gives the same message, so a repeat is recognised.</summary>
internal static class SessionFrames
{
    /// <summary>The offer of the session to its worker.</summary>
    public static AssignFrame Assign(Session session, SessionOptions options)
    {
        var plan = session.Plan;
        var assignment = session.Placement.Assignment!.Value;
        return new()
        {
            MessageId = $"{assignment}/assign",
            IdempotencyKey = assignment.Value,
            Traceparent = Activity.Current?.Id,
            SessionId = session.Id,
            AssignmentId = assignment,
            Attempt = session.Placement.Fence,
            TenantId = session.Tenant,
            TicketId = session.TicketId,
            EnvironmentProfile = plan.EnvironmentProfile,
            WorkerRequirements = plan.Requirements,
            RunbookSteps = plan.Steps,
            Credentials = Credentials(plan),
            SandboxProfile = plan.SandboxProfile,
            AckWithinMs = (int)options.AckTimeout.TotalMilliseconds,
            PlanDigest = plan.Digest,
            RunbookId = plan.RunbookId,
            RunbookVersion = plan.RunbookVersion,
            RunbookDigest = plan.RunbookDigest,
        };
    }

    /// <summary>The command that is out.</summary>
    public static CommandFrame Command(Session session, Run run)
    {
        var step = session.Plan.Steps[run.Key.Step - 1];
        var rollback = run.Key.IsRollback;
        var command = rollback ? step.Rollback!.Command : step.Command;
        var timeout = rollback ? step.Rollback!.TimeoutSeconds : step.TimeoutSeconds;
        var approvals = rollback ? [] : Gates.Behind(session, run.Key.Step, run.Key.Attempt);
        var key = $"{run.Key.Assignment}/{run.Key.Step}/{run.Key.Attempt}{(rollback ? "/rollback" : "")}";
        return new()
        {
            MessageId = key,
            IdempotencyKey = key,
            Traceparent = Activity.Current?.Id,
            SessionId = session.Id,
            AssignmentId = run.Key.Assignment,
            StepNumber = run.Key.Step,
            Attempt = run.Key.Attempt,
            Command = command,
            Args = new(timeout, step.WorkingDirectory, command.Shell),
            ApprovalToken = approvals.IsEmpty
                ? null
                : ApprovalBinding.Token(session.Tenant, session.Id, run.Key.Step, run.Key.Attempt, step.Digest, step.Decision.Revision),
            Rollback = !rollback && step.Rollback is { } action ? new(action.Command, action.Conditions.IsDefault ? [] : action.Conditions) : null,
            Digest = rollback ? step.RollbackDigest! : step.Digest,
            TimeoutS = timeout,
            IsRollback = rollback,
        };
    }

    /// <summary>Stops a running step (<paramref name="step"/>), or ends the assignment with all that the worker keeps of it.</summary>
    public static CancelFrame Cancel(Session session, AssignmentId assignment, string reason, int? step = null) => new()
    {
        MessageId = $"{assignment}/cancel{(step is { } number ? $"/{number}" : "")}",
        IdempotencyKey = $"{assignment}/cancel{(step is { } n ? $"/{n}" : "")}",
        SessionId = session.Id,
        AssignmentId = assignment,
        Reason = reason,
        StepNumber = step,
    };

    /// <summary>The question for a worker, under the next fence.</summary>
    public static DispatchRequest Request(Session session) => new()
    {
        Session = session.Id,
        Tenant = session.Tenant,
        Environment = session.Plan.Environment,
        Requirements = session.Plan.Requirements,
        SandboxProfile = session.Plan.SandboxProfile,
        Assignment = AssignmentId.For(session.Id, session.Fence + 1),
        InProcess = !session.UseWorkers,
        Avoid = session.Avoid,
        QueuedAt = session.Placement.Since,
    };

    /// <summary>The dispatcher's key: tenant/environment.</summary>
    public static string DispatchKey(Session session) => $"{session.Tenant.Value}/{session.Plan.Environment switch
    {
        TargetEnvironment.Prod => "prod",
        TargetEnvironment.Staging => "staging",
        _ => "dev",
    }}";

    /// <summary>The question for people.</summary>
    public static ApprovalRequest Ask(Session session, SessionApproval approval)
    {
        var steps = approval.StepNumbers.Select(n => session.Plan.Steps[n - 1]).ToArray();
        return new()
        {
            ApprovalId = approval.Id,
            Session = session.Id,
            Tenant = session.Tenant,
            TicketId = session.TicketId,
            RunbookId = session.Plan.RunbookId,
            Title = session.Plan.Title,
            RequestedBy = session.RequestedBy,
            Environment = session.Plan.Environment,
            StepNumbers = approval.StepNumbers,
            Commands = [.. steps.Select(s => s.Command)],
            BlastRadius = steps.Max(s => s.BlastRadius),
            Quorum = approval.Quorum,
            Digest = approval.Digest,
            RequestedAt = approval.RequestedAt,
            ExpiresAt = approval.ExpiresAt ?? approval.RequestedAt,
            EscalatedFrom = approval.EscalatedFrom,
        };
    }

    private static ImmutableArray<string> Credentials(SessionPlan plan)
    {
        ImmutableArray<string> ids = [];
        foreach (var step in plan.Steps)
            foreach (var use in step.Credentials)
                if (!ids.Contains(use.Id)) ids = ids.Add(use.Id);
        return ids;
    }
}
