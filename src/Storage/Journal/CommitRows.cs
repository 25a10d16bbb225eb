using Npgsql;

namespace Cavra.Actors.Storage.Journal;

/// <summary>The rows of one statement: of the appends that create sessions, or of those that change them.</summary>
internal sealed class CommitRows
{
    internal MarkRows Marks { get; } = new();

    internal NewSessionRows Created { get; } = new();

    internal ChangedSessionRows Changed { get; } = new();

    internal EventRows Events { get; } = new();

    internal StepRows Steps { get; } = new();

    internal AssignmentRows Assignments { get; } = new();

    internal AuditRows Audit { get; } = new();

    internal NoticeRows Notices { get; } = new();

    internal bool IsEmpty => Created.Count + Changed.Count == 0;

    internal void Clear()
    {
        Marks.Clear();
        Created.Clear();
        Changed.Clear();
        Events.Clear();
        Steps.Clear();
        Assignments.Clear();
        Audit.Clear();
        Notices.Clear();
    }

    internal void Add(PendingCommit pending)
    {
        var commit = pending.Commit;
        var session = commit.Session.Value;
        if (pending.IsCreate) Created.Add(pending);
        else Changed.Add(pending);
        if (commit.Idempotency is not null) Marks.Add(pending);
        foreach (var stored in commit.Events) Events.Add(stored);
        foreach (var step in commit.Steps)
        {
            if (!pending.IsCreate || !StepRows.IsPristine(step)) Steps.Add(session, step);
        }
        foreach (var assignment in commit.Assignments) Assignments.Add(session, assignment);
        foreach (var entry in commit.Audit) Audit.Add(session, entry);
        foreach (var notice in commit.Outbox) Notices.Add(session, notice, commit.Row.UpdatedAt.UtcDateTime);
    }

    internal NpgsqlBatchCommand Command()
    {
        var parts = Parts();
        var command = new NpgsqlBatchCommand(CommitStatements.For(parts));
        var parameters = command.Parameters;
        if (parts.HasFlag(CommitParts.Marks)) Marks.AddParameters(parameters);
        if (parts.HasFlag(CommitParts.Creates)) Created.AddParameters(parameters);
        else Changed.AddParameters(parameters);
        Events.AddParameters(parameters);
        if (parts.HasFlag(CommitParts.Creates) || parts.HasFlag(CommitParts.Steps)) Steps.AddParameters(parameters);
        if (parts.HasFlag(CommitParts.Assignments)) Assignments.AddParameters(parameters);
        if (parts.HasFlag(CommitParts.Audit)) Audit.AddParameters(parameters);
        if (parts.HasFlag(CommitParts.Notices)) Notices.AddParameters(parameters);
        return command;
    }

    private CommitParts Parts()
        => (Created.Count > 0 ? CommitParts.Creates : CommitParts.None)
            | (Steps.Count > 0 ? CommitParts.Steps : CommitParts.None)
            | (Assignments.Count > 0 ? CommitParts.Assignments : CommitParts.None)
            | (Audit.Count > 0 ? CommitParts.Audit : CommitParts.None)
            | (Notices.Count > 0 ? CommitParts.Notices : CommitParts.None)
            | (Marks.Count > 0 ? CommitParts.Marks : CommitParts.None);
}
