using System.Collections.Immutable;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;

namespace Cavra.Actors.Storage.Journal;

/// <summary>What must hold of a commit before it is sent. A commit that breaks it is a bug of its sender, and would break the batch.</summary>
internal static class CommitShape
{
    internal static void Require(SessionCommit commit)
    {
        if (commit.ExpectedSeq < 0) throw Broken(commit, "a negative expected sequence");
        var expected = commit.ExpectedSeq;
        foreach (var stored in commit.Events)
        {
            if (stored.SessionId != commit.Session) throw Broken(commit, $"an event of session {stored.SessionId}");
            if (stored.EventId != ++expected) throw Broken(commit, $"event {stored.EventId} where {expected} belongs");
            if (stored.Hash.IsDefault || stored.Hash.Length != EventChain.HashBytes) throw Broken(commit, $"event {stored.EventId} without a hash");
            if (!IsClean(stored.Payload) || !IsClean(stored.Actor) || !IsClean(stored.WorkerId) || !IsClean(stored.TraceId))
                throw Broken(commit, $"event {stored.EventId} with a NUL or half a surrogate pair");
        }
        if (commit.ExpectedSeq == 0 && (commit.Row.Static is null || commit.Plan is null || commit.Events.IsEmpty))
            throw Broken(commit, "a create without static row, plan or events");
        RequireCleanRows(commit);
    }

    /// <summary>True when PostgreSQL can hold the text: no NUL, no half of a surrogate pair.</summary>
    internal static bool IsClean(string? text)
    {
        if (text is null) return true;
        if (text.Contains('\0', StringComparison.Ordinal)) return false;
        var span = text.AsSpan();
        for (var at = span.IndexOfAnyInRange('\ud800', '\udfff'); at >= 0;)
        {
            if (!char.IsHighSurrogate(span[at]) || at + 1 >= span.Length || !char.IsLowSurrogate(span[at + 1])) return false;
            span = span[(at + 2)..];
            at = span.IndexOfAnyInRange('\ud800', '\udfff');
        }
        return true;
    }

    private static void RequireCleanRows(SessionCommit commit)
    {
        var fine = commit.Row.Static is not { } row
            || (IsClean(row.TicketId) && IsClean(row.RunbookId) && IsClean(row.RequestedBy) && IsClean(row.IdempotencyKey));
        fine &= commit.Idempotency is not { } mark || (IsClean(mark.Key) && IsClean(mark.Route) && IsClean(mark.BodyDigest));
        foreach (var assignment in commit.Assignments) fine &= IsClean(assignment.FailureReason) && IsClean(assignment.WorkerId.Value);
        foreach (var notice in commit.Outbox) fine &= IsClean(notice.Key) && IsClean(notice.PayloadJson);
        fine &= AreClean(commit.Audit);
        if (!fine) throw Broken(commit, "a NUL or half a surrogate pair in a row");
    }

    private static bool AreClean(ImmutableArray<AuditEntry> entries)
    {
        foreach (var entry in entries)
        {
            if (!IsClean(entry.Actor) || !IsClean(entry.Object) || !IsClean(entry.Detail) || !IsClean(entry.Action) || !IsClean(entry.Ip)) return false;
        }
        return true;
    }

    private static ArgumentException Broken(SessionCommit commit, string what)
        => new($"Commit of session {commit.Session} after {commit.ExpectedSeq} has {what}.", nameof(commit));
}
