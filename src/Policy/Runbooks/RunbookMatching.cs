namespace Cavra.Actors.Runbooks;

/// <summary>Derives a runbook from a ticket by the <c>match</c> rules (contract: none or several are <c>runbook_not_derivable</c>).</summary>
public static class RunbookMatching
{
    /// <summary>
    /// The runbooks whose rule fits. Exactly one is the derivation; none or several is a refusal, because guessing which one was meant is not safe. The
    /// service is compared only when the ticket's is known.
    /// </summary>
    public static IReadOnlyList<T> Candidates<T>(IEnumerable<T> runbooks, Func<T, RunbookMatch?> match, string ticketId, string? service = null) =>
        [.. runbooks.Where(r => match(r) is { } rule && Fits(rule, ticketId, service))];

    private static bool Fits(RunbookMatch rule, string ticketId, string? service) =>
        (rule.TicketPrefix is null || ticketId.StartsWith(rule.TicketPrefix, StringComparison.Ordinal))
        && (rule.Service is null || service is null || rule.Service == service)
        && (rule.TicketPrefix is not null || (rule.Service is not null && service is not null));
}
