using System.Collections.Frozen;

namespace Cavra.Actors.ApiHost.Http;

/// <summary>The contract's stable codes with their HTTP status and title: the one table (executions.md and details.md, "Codes").</summary>
internal static class Problems
{
    /// <summary>Status of a code that the table does not know: a grain refused with a state conflict of its own.</summary>
    public const int UnlistedStatus = StatusCodes.Status409Conflict;

    private static readonly FrozenDictionary<string, (int Status, string Title)> Table = new Dictionary<string, (int, string)>
    {
        ["malformed_body"] = (400, "The body cannot be read"),
        ["validation_failed"] = (400, "The request is not valid"),
        ["unauthorized"] = (401, "A valid token is needed"),
        ["forbidden"] = (403, "The token does not give this right"),
        ["origin_not_allowed"] = (403, "This origin may not open a socket"),
        ["self_approval"] = (403, "The requester may not approve"),
        ["self_confirm"] = (403, "One's own request cannot be confirmed"),
        ["role_not_held"] = (403, "The role is not held"),
        ["not_eligible"] = (403, "The quorum does not count this voter"),
        ["worker_mismatch"] = (403, "The certificate names another worker"),
        ["not_found"] = (404, "There is no such thing"),
        ["runbook_not_found"] = (404, "There is no such runbook"),
        ["no_such_step"] = (404, "The session has no such step"),
        ["no_such_event"] = (404, "The session has no such event"),
        ["worker_not_registered"] = (404, "The worker is not registered"),
        ["method_not_allowed"] = (405, "The method does not fit the address"),
        ["ticket_busy"] = (409, "The ticket has a live session"),
        ["already_decided"] = (409, "The approval was decided before"),
        ["not_awaiting_approval"] = (409, "Nothing awaits approval here"),
        ["digest_mismatch"] = (409, "What will run is not what was seen"),
        ["already_voted"] = (409, "This voter has voted"),
        ["approval_expired"] = (409, "The approval has expired"),
        ["not_paused"] = (409, "The session is not paused"),
        ["already_ended"] = (409, "The session has ended"),
        ["stale_assignment"] = (409, "The assignment is not the current one"),
        ["worker_has_sessions"] = (409, "The worker still has sessions"),
        ["idempotency_in_progress"] = (409, "The first request with this key still runs"),
        ["review_open"] = (409, "A review is open"),
        ["version_conflict"] = (412, "The stored version is another one"),
        ["body_too_large"] = (413, "The body is too large"),
        ["unsupported_media_type"] = (415, "The content type is not supported"),
        ["idempotency_key_reused"] = (422, "The key was used with another request"),
        ["runbook_not_derivable"] = (422, "No single runbook matches the ticket"),
        ["validation_mode_not_allowed"] = (422, "The validation mode is not allowed"),
        ["inputs_invalid"] = (422, "The inputs do not fit the runbook"),
        ["quorum_unsatisfiable"] = (422, "Nobody could give the approvals"),
        ["policy_denied"] = (422, "Policy refuses it"),
        ["rollback_required"] = (422, "A rollback is mandatory"),
        ["environment_not_allowed"] = (422, "The runbook is not for this environment"),
        ["unknown_credential"] = (422, "There is no such credential"),
        ["credential_scope"] = (422, "The credential is of another environment"),
        ["rate_limited"] = (429, "Too many requests"),
        ["internal_error"] = (500, "Something went wrong here"),
        ["unavailable"] = (503, "Not available for the moment"),
        ["overloaded"] = (503, "Not available for the moment"),
    }.ToFrozenDictionary();

    /// <summary>Every listed code.</summary>
    public static IEnumerable<string> Codes => Table.Keys;

    /// <summary>Status of a code.</summary>
    public static int StatusOf(string code) => Table.TryGetValue(code, out var row) ? row.Status : UnlistedStatus;

    /// <summary>Title of a code.</summary>
    public static string TitleOf(string code) => Table.TryGetValue(code, out var row) ? row.Title : "Not possible in this state";

    /// <summary>The code for a bare status that the framework decided.</summary>
    public static string CodeOf(int status) => status switch
    {
        400 => "validation_failed",
        401 => "unauthorized",
        403 => "forbidden",
        404 => "not_found",
        405 => "method_not_allowed",
        408 => "malformed_body",
        413 => "body_too_large",
        415 => "unsupported_media_type",
        429 => "rate_limited",
        503 => "unavailable",
        >= 500 => "internal_error",
        _ => "validation_failed",
    };
}
