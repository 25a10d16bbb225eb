using System.Net;
using System.Text;
using System.Text.Json;
using Cavra.Actors.Cli.Terminal;

namespace Cavra.Actors.Cli.Connection;

/// <summary>The API's refusals (problem+json) as one clear message: code, what is wrong, where, and what to do.</summary>
internal static class Problem
{
    internal static CliFailureException From(HttpStatusCode status, byte[] body)
    {
        using var document = Parse(body);
        var problem = document?.RootElement ?? default;
        var code = problem.Text("code");
        var text = new StringBuilder(code.Length > 0 ? code : "http_" + (int)status);
        text.Append(": ").Append(FirstOf(problem.Text("detail"), problem.Text("title"), status.ToString()));
        foreach (var rule in problem.Items("rules")) text.Append("\n  rule ").Append(rule.Text("id")).Append(": ").Append(rule.Text("reason"));
        foreach (var found in problem.Items("problems"))
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\n  line {found.Text("line")}, column {found.Text("column")}: {found.Text("path")}: {found.Text("message")}");
        if (problem.At("errors") is { ValueKind: JsonValueKind.Object } errors)
        {
            foreach (var field in errors.EnumerateObject()) text.Append("\n  ").Append(field.Name).Append(": ").Append(JsonRead.Shown(field.Value));
        }
        if (Advice(status, code, problem) is { } advice) text.Append("\n  ").Append(advice);
        if (problem.Text("trace_id") is { Length: > 0 } trace) text.Append("\n  trace ").Append(trace);
        return new CliFailureException(text.ToString());
    }

    private static string? Advice(HttpStatusCode status, string code, JsonElement problem) => code switch
    {
        "unauthorized" => "The token is missing, expired or of another installation: give --token or CAVRA_TOKEN, or start `./cavra up` and use --as NAME.",
        "forbidden" => "This needs another role: try --as operator, approver, admin or auditor (development), or another token.",
        "ticket_busy" => $"The ticket has a live run: cavra run show {problem.Text("session_id")}",
        "runbook_not_derivable" => "Name the runbook: cavra run start RUNBOOK --ticket ... (cavra runbook list)",
        "runbook_not_found" => "cavra runbook list shows what there is.",
        "self_approval" => "Someone other than the requester has to decide.",
        "already_decided" => $"Decided by {problem.Text("decided_by")} at {problem.Time("decided_at")}.",
        "approval_expired" => $"It expired; decide its successor {problem.Text("successor")}: cavra approvals",
        "not_awaiting_approval" => "cavra approvals lists what waits for a decision.",
        "not_paused" => "A directive answers a pause: cavra run show ID",
        "rate_limited" or "unavailable" => "Try again in a few seconds.",
        "digest_mismatch" => "What would run has changed since you looked: cavra run show ID, then decide again.",
        _ when status == HttpStatusCode.NotFound => "Check the id and the tenant of your token.",
        _ => null,
    };

    private static string FirstOf(params string[] texts) => texts.First(t => t.Length > 0);

    private static JsonDocument? Parse(byte[] body)
    {
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
