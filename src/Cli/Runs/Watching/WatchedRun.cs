using System.Globalization;
using System.Text.Json;
using Cavra.Actors.Cli.Terminal;

namespace Cavra.Actors.Cli.Runs.Watching;

/// <summary>A step as the watcher shows it.</summary>
internal sealed class WatchedStep
{
    internal required int Number { get; init; }

    internal required string Name { get; init; }

    internal required string Phase { get; init; }

    internal string State { get; set; } = "pending";

    internal string Reason { get; set; } = "";

    internal long? Milliseconds { get; set; }

    internal int? ExitCode { get; set; }

    internal DateTimeOffset? StartedAt { get; set; }
}

/// <summary>What is known of a watched run: the session as last read, moved on by its events.</summary>
internal sealed class WatchedRun
{
    private readonly SortedDictionary<int, WatchedStep> _steps = [];

    internal WatchedRun(JsonElement session, long since)
    {
        Id = session.Number("session_id") ?? throw new CliFailureException("the API's answer has no session_id.");
        LastEvent = since;
        Load(session);
        if ((session.Number("last_event_seq") ?? long.MaxValue) > since) Rewind();
    }

    internal long Id { get; }

    internal string State { get; private set; } = "";

    internal string Reason { get; private set; } = "";

    internal string Detail { get; private set; } = "";

    internal string Worker { get; private set; } = "";

    /// <summary>The newest event that was shown.</summary>
    internal long LastEvent { get; private set; }

    internal IEnumerable<WatchedStep> Steps => _steps.Values;

    internal bool HasEnded => State is "completed" or "failed" or "cancelled";

    /// <summary>Takes over the session as the API has it now.</summary>
    internal void Load(JsonElement session)
    {
        State = session.Text("state");
        Reason = session.Text("reason");
        Detail = session.Text("detail");
        Worker = session.Text("worker_id");
        foreach (var item in session.Items("steps"))
        {
            if (item.Number("step_number") is not { } number) continue;
            _steps[(int)number] = new WatchedStep
            {
                Number = (int)number,
                Name = item.Text("name"),
                Phase = item.Text("phase"),
                State = item.Text("state"),
                Reason = item.Text("reason"),
                Milliseconds = item.Number("execution_ms"),
                ExitCode = (int?)item.Number("exit_code"),
                StartedAt = item.At("started_at").ValueKind == JsonValueKind.String && item.At("started_at").TryGetDateTimeOffset(out var started) ? started : null,
            };
        }
    }

    /// <summary>Moves on by one event; false when it was seen before.</summary>
    internal bool Apply(JsonElement envelope)
    {
        if (envelope.Number("event_id") is not { } id || id <= LastEvent) return false;
        LastEvent = id;
        var kind = envelope.Text("event");
        var payload = envelope.At("payload");
        ApplyToSession(kind, envelope, payload);
        if (envelope.Number("step_number") is { } number) ApplyToStep(Step((int)number), kind, envelope, payload);
        foreach (var waiting in kind is "approval.requested" or "approval.resolved" ? payload.Items("step_numbers") : [])
        {
            if (!waiting.TryGetInt32(out var step)) continue;
            Step(step).State = kind == "approval.requested" ? "awaiting_approval" : payload.IsTrue("approved") ? "approved" : "pending";
        }
        return true;
    }

    internal WatchedStep Step(int number)
    {
        if (!_steps.TryGetValue(number, out var step)) _steps[number] = step = new WatchedStep { Number = number, Name = "", Phase = "" };
        return step;
    }

    /// <summary>The end in one line.</summary>
    internal string Verdict()
    {
        var steps = _steps.Values.Count(s => s.State == "succeeded");
        var reason = Reason.Length > 0 ? $" ({Reason})" : "";
        var next = State switch
        {
            "paused" => $". Go on with: cavra run directive {Id} retry|resume|rollback|cancel --reason ...",
            _ => "",
        };
        return string.Create(CultureInfo.InvariantCulture, $"run {Id} {State}{reason}, {steps} of {_steps.Count} steps succeeded{(Detail.Length > 0 ? ": " + Detail : "")}{next}");
    }

    // The story is told from its events: nothing of its end may show before.
    private void Rewind()
    {
        (State, Reason, Detail, Worker) = ("", "", "", "");
        foreach (var step in _steps.Values) (step.State, step.Reason, step.Milliseconds, step.ExitCode, step.StartedAt) = ("pending", "", null, null, null);
    }

    private void ApplyToSession(string kind, JsonElement envelope, JsonElement payload)
    {
        var known = kind switch
        {
            "session.completed" => "completed",
            "session.failed" => "failed",
            "session.cancelled" => "cancelled",
            "session.paused" => "paused",
            "session.queued" => "queued",
            "session.assigned" => "assigning_worker",
            "approval.requested" => "waiting_for_approval",
            "execution.step.started" => "executing",
            "execution.rollback.started" => "rollback",
            _ => null,
        };
        // The payload's own word wins where the event is about the session alone.
        if (kind.StartsWith("session.", StringComparison.Ordinal) && payload.Text("to") is { Length: > 0 } to) known = to;
        if (known is null) return;
        State = known;
        Reason = kind is "session.failed" or "session.cancelled" or "session.paused" ? payload.Text("reason") : "";
        if (kind == "session.assigned") Worker = payload.Text("worker_id") is { Length: > 0 } worker ? worker : envelope.Text("meta.worker_id");
    }

    private static void ApplyToStep(WatchedStep step, string kind, JsonElement envelope, JsonElement payload)
    {
        switch (kind)
        {
            case "execution.step.started":
                (step.State, step.Reason, step.Milliseconds, step.ExitCode) = ("running", "", null, null);
                step.StartedAt = envelope.At("timestamp") is { ValueKind: JsonValueKind.String } time && time.TryGetDateTimeOffset(out var started) ? started : null;
                break;
            case "execution.step.completed":
                (step.State, step.Milliseconds, step.ExitCode) = ("succeeded", payload.Number("execution_ms"), (int?)payload.Number("exit_code"));
                break;
            case "execution.step.failed":
                (step.State, step.Milliseconds, step.ExitCode) = ("failed", payload.Number("execution_ms"), (int?)payload.Number("exit_code"));
                step.Reason = payload.Text("reason");
                break;
            case "execution.rollback.completed" when payload.Text("outcome") is "" or "succeeded":
                step.State = "rolled_back";
                break;
        }
    }
}
