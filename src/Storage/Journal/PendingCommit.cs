using System.Runtime.InteropServices;
using Cavra.Actors.Journal;

namespace Cavra.Actors.Storage.Journal;

/// <summary>An append on its way, from the caller's hand to its outcome.</summary>
internal sealed class PendingCommit
{
    private readonly TaskCompletionSource<AppendResult> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal PendingCommit(SessionCommit commit, long expiresAt)
    {
        Commit = commit;
        ExpiresAt = expiresAt;
        NewSeq = commit.ExpectedSeq + commit.Events.Length;
        HeadHash = commit.Events.IsEmpty ? null : ImmutableCollectionsMarshal.AsArray(commit.Events[^1].Hash);
        foreach (var stored in commit.Events) PayloadBytes += stored.Payload.Length;
    }

    internal SessionCommit Commit { get; }

    internal long NewSeq { get; }

    /// <summary>Hash of the last event: by it an append whose answer was lost is recognised. Null without events.</summary>
    internal byte[]? HeadHash { get; }

    internal long PayloadBytes { get; }

    /// <summary>Timestamp of the clock at which the caller is told that the database is unavailable.</summary>
    internal long ExpiresAt { get; }

    internal bool IsCreate => Commit.ExpectedSeq == 0;

    /// <summary>True once it was sent and the answer was lost: it may have been kept.</summary>
    internal bool InDoubt { get; set; }

    /// <summary>How often it met other transactions.</summary>
    internal int Collisions { get; set; }

    internal Task<AppendResult> Outcome => _outcome.Task;

    internal bool Complete(AppendResult result) => _outcome.TrySetResult(result);

    internal bool Fail(Exception error) => _outcome.TrySetException(error);
}
