using System.Collections.Immutable;
using Cavra.Actors.Journal;
using Cavra.Actors.Sessions;
using Cavra.Actors.Storage.Rows;
using Npgsql;

namespace Cavra.Actors.Storage.Sessions;

/// <summary>Steps of a session as the contract shows them: what was planned, joined with what became of it.</summary>
internal static class StepViews
{
    internal static async Task<ILookup<long, StepRow>> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var rows = new List<(long Session, StepRow Row)>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add((reader.GetInt64(0), new()
            {
                StepNumber = reader.GetInt32(1),
                State = EnumText<StepState>.Parse(reader.GetString(2)),
                Reason = EnumText<StepReason>.ParseOrNull(reader.TextOrNull(3)),
                Outcome = EnumText<StepOutcome>.ParseOrNull(reader.TextOrNull(4)),
                Attempt = reader.GetInt32(5),
                ExitCode = reader.IntegerOrNull(6),
                ExecutionMs = reader.BigintOrNull(7),
                StartedAt = reader.InstantOrNull(8),
                CompletedAt = reader.InstantOrNull(9),
                CredentialsUsed = [.. (string[])reader.GetValue(10)],
            }));
        return rows.ToLookup(r => r.Session, r => r.Row);
    }

    internal static ImmutableArray<StepView> Join(SessionPlan plan, IEnumerable<StepRow> rows)
    {
        var byNumber = rows.ToDictionary(r => r.StepNumber);
        return [.. plan.Steps.Select(s => Join(s, byNumber.GetValueOrDefault(s.Number) ?? new() { StepNumber = s.Number, State = StepState.Pending }))];
    }

    private static StepView Join(PlannedStep planned, StepRow row) => new()
    {
        StepNumber = planned.Number,
        Name = planned.Name,
        Phase = planned.Phase,
        State = row.State,
        Reason = row.Reason,
        Outcome = row.Outcome,
        Command = planned.Command,
        Args = new(planned.TimeoutSeconds, planned.WorkingDirectory, planned.Command.Shell),
        Attempt = row.Attempt,
        BlastRadius = planned.BlastRadius,
        Critical = planned.Critical,
        Destructive = planned.Destructive,
        Irreversible = planned.Irreversible,
        ApprovalPolicy = planned.ApprovalPolicy,
        SandboxProfile = planned.SandboxProfile,
        CredentialsUsed = row.CredentialsUsed,
        ExitCode = row.ExitCode,
        ExecutionMs = row.ExecutionMs,
        StartedAt = row.StartedAt,
        CompletedAt = row.CompletedAt,
        Rollback = planned.Rollback is { } rollback ? Rollback(planned, rollback, row) : null,
        Targets = planned.Targets,
        ActionBudget = planned.ActionBudget,
        Digest = planned.Digest,
    };

    private static RollbackView Rollback(PlannedStep planned, RollbackAction rollback, StepRow row) => new()
    {
        Command = rollback.Command,
        Conditions = rollback.Conditions,
        State = row.State == StepState.RolledBack ? StepState.Succeeded : null,
        Outcome = row.State == StepState.RolledBack ? StepOutcome.Succeeded : null,
        Digest = planned.RollbackDigest,
    };
}
