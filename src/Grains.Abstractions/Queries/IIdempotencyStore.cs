using Cavra.Actors.Identity;

namespace Cavra.Actors.Queries;

/// <summary>
/// Answers to repeats of POSTs (contract, Conventions). Marks of session commands are written with their events; this store reads them, and keeps the
/// answers of commands that have no session.
/// </summary>
public interface IIdempotencyStore
{
    /// <summary>What is known of a key in a tenant; null when nothing or older than 24 h.</summary>
    Task<IdempotencyRecord?> Find(TenantId tenant, string key, CancellationToken cancellation);

    /// <summary>Keeps an answer; false when the key was taken meanwhile.</summary>
    Task<bool> Keep(TenantId tenant, IdempotencyRecord record, CancellationToken cancellation);
}

/// <summary>A key's first use: for session commands the session and the event after which its answer is rebuilt, else the answer itself.</summary>
public sealed record IdempotencyRecord(string Key, string Route, string BodyDigest, int Status, SessionId? Session, long? EventId, string? Body, string? Location);
