using System.Globalization;
using System.Text.Json;
using Cavra.Actors.Cli.Terminal;

namespace Cavra.Actors.Cli.Runs.Watching;

/// <summary>Plain lines: a line per event that a person cares about, and the output with its step's number before it.</summary>
internal sealed class LineView(Action<string> line, Action<string> remark, WatchedRun run) : WatchView
{
    private readonly OutputLines _output = new();

    internal override void Remark(string text) => remark(text);

    internal override void Show(JsonElement envelope)
    {
        var payload = envelope.At("payload");
        var step = (int?)envelope.Number("step_number");
        if (envelope.Text("event") == "execution.step.output" && step is { } writing)
        {
            foreach (var text in _output.Add(writing, payload.Text("chunk_type"), payload.Text("data"))) Output(writing, payload.Text("chunk_type"), text);
            return;
        }
        if (step is { } ending && envelope.Text("event") is not "execution.step.started")
        {
            foreach (var (stream, text) in _output.Flush(ending)) Output(ending, stream, text);
        }
        if (Words(envelope, payload) is { } words) line($"{Clock(envelope)} {words}");
    }

    internal override Task CloseAsync()
    {
        foreach (var step in run.Steps)
        {
            foreach (var (stream, text) in _output.Flush(step.Number)) Output(step.Number, stream, text);
        }
        return Task.CompletedTask;
    }

    private void Output(int step, string stream, string text) =>
        line(string.Create(CultureInfo.InvariantCulture, $"{step,3}{(stream == "stdout" ? '|' : '!')} {text}"));

    private static string Clock(JsonElement envelope) => envelope.Time("timestamp") is { Length: 19 } time ? time[11..] : "--:--:--";

    private string? Words(JsonElement envelope, JsonElement payload)
    {
        var number = envelope.Text("step_number");
        var name = envelope.Number("step_number") is { } n ? $"step {n} {run.Step((int)n).Name}" : "";
        var reason = payload.Text("reason") is { Length: > 0 } text ? $" ({text})" : "";
        return envelope.Text("event") switch
        {
            "session.queued" => "queued",
            "session.assigned" => $"assigned to {payload.Text("worker_id")}",
            "session.assignment_failed" => $"assignment failed{reason}",
            "session.paused" => $"paused{reason}",
            "session.resumed" => "resumed",
            "session.directive" => $"directive {payload.Text("directive")}{reason}",
            "session.completed" => "completed",
            "session.failed" => $"failed{reason}",
            "session.cancelled" => $"cancelled{reason}",
            "approval.requested" => Waiting(payload, number),
            "approval.vote" => $"vote by {envelope.Text("meta.actor")}",
            "approval.resolved" => $"step {Steps(payload, number)} {(payload.IsTrue("approved") ? "approved" : "rejected")}{(payload.IsTrue("automatic") ? " by policy" : "")}",
            "approval.expired" => $"approval of step {Steps(payload, number)} expired",
            "execution.step.started" => $"{name}: started",
            "execution.step.completed" => $"{name}: succeeded, {payload.Text("execution_ms")} ms",
            "execution.step.failed" => $"{name}: failed{reason}{(payload.Text("exit_code") is { Length: > 0 } code ? $", exit code {code}" : "")}",
            "execution.step.retrying" => $"{name}: runs again",
            "execution.rollback.started" => name.Length > 0 ? $"{name}: rollback started" : "rollback started",
            "execution.rollback.completed" => $"{(name.Length > 0 ? name + ": " : "")}rollback {(payload.Text("outcome") is { Length: > 0 } outcome ? outcome : "completed")}",
            "worker.lost" => $"worker {envelope.Text("meta.worker_id")} lost",
            "worker.recovered" => $"worker {envelope.Text("meta.worker_id")} is back",
            _ => null,
        };
    }

    private string Waiting(JsonElement payload, string number)
    {
        var steps = Steps(payload, number);
        return $"step {steps} waits for approval ({payload.Text("quorum")}): cavra approve {run.Id} --step {steps.Split(',')[0]}";
    }

    private static string Steps(JsonElement payload, string number) => payload.Text("step_numbers") is { Length: > 0 } steps ? steps : number;
}
