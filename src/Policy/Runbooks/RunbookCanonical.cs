using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Runbooks;

/// <summary>
/// A runbook in one normal form: JSON with fixed field order, fields at their default left out. Formatting, comments, key order and spelt-out defaults
/// do not change it, and it loads back as the same runbook.
/// </summary>
public static class RunbookCanonical
{
    /// <summary>The normal form.</summary>
    public static string ToJson(Runbook runbook)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            new Writer(json).Write(runbook);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>SHA-256 over the normal form, lower-case hex: the runbook's digest.</summary>
    public static string Digest(Runbook runbook) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("cavra.runbook.v1\n" + ToJson(runbook))));

    private sealed class Writer(Utf8JsonWriter json)
    {
        private static readonly RunbookStep Absent = new() { Name = "", Command = new StepCommand { Argv = [] } };

        public void Write(Runbook runbook)
        {
            json.WriteStartObject();
            json.WriteString("runbook_id", runbook.RunbookId);
            json.WriteString("title", runbook.Title);
            Text("description", runbook.Description);
            Text("owner", runbook.Owner);
            if (runbook.Match is { } match)
                Object("match", () =>
                {
                    Text("ticket_prefix", match.TicketPrefix);
                    Text("service", match.Service);
                });
            Texts("environments", [.. runbook.Environments.Select(e => e.ToString().ToLowerInvariant())]);
            List("inputs", runbook.Inputs, Input);
            Needs(runbook.WorkerRequirements);
            List("prechecks", runbook.Prechecks, Step);
            List("steps", runbook.Steps, Step);
            List("postchecks", runbook.Postchecks, Step);
            json.WriteEndObject();
        }

        private void Needs(WorkerRequirements needs) => Object("worker_requirements", () =>
        {
            Texts("capabilities", needs.Capabilities);
            json.WriteString("network_segment", needs.NetworkSegment);
            if (needs.MaxLatencyMs is { } latency)
                json.WriteNumber("max_latency_ms", latency);
        });

        private void Input(InputDeclaration input)
        {
            json.WriteString("name", input.Name);
            json.WriteString("type", input.Type.ToString().ToLowerInvariant());
            Flag("required", input.Required, false);
            Text("default", input.Default);
            Text("pattern", input.Pattern);
            Texts("enum", input.Enum);
            if (input.MaxLength != InputDeclaration.DefaultMaxLength)
                json.WriteNumber("max_length", input.MaxLength);
            Text("description", input.Description);
        }

        private void Step(RunbookStep step)
        {
            json.WriteString("name", step.Name);
            Command(step.Command);
            json.WriteString("timeout", DurationText.Format(step.Timeout));
            json.WriteString("cwd", step.Cwd);
            json.WriteString("blast_radius", step.BlastRadius.ToString().ToLowerInvariant());
            Flag("critical", step.Critical, Absent.Critical);
            Flag("destructive", step.Destructive, Absent.Destructive);
            Flag("idempotent", step.Idempotent, Absent.Idempotent);
            Flag("irreversible", step.Irreversible, Absent.Irreversible);
            Number("confidence_score", step.ConfidenceScore, Absent.ConfidenceScore);
            Number("auto_approve_threshold", step.AutoApproveThreshold, Absent.AutoApproveThreshold);
            json.WriteBoolean("requires_rollback", step.RequiresRollback);
            if (step.Rollback is { } rollback)
                Object("rollback", () => Rollback(rollback));
            Object("retry", () =>
            {
                if (step.MaxRetries is { } retries)
                    json.WriteNumber("max_attempts", retries);
                json.WriteString("backoff", DurationText.Format(step.RetryBackoff));
            });
            List("credentials", step.Credentials, Credential);
            Object("expect", () =>
            {
                json.WriteNumber("exit_code", step.Expect.ExitCode);
                Text("stdout_matches", step.Expect.StdoutMatches);
            });
            Text("on_failure", step.OnFailure?.ToString().ToLowerInvariant());
            if (step.Quorum is { } quorum)
                Object("approval", () => json.WriteString("quorum", quorum));
            Texts("writable", step.Writable);
            Texts("network", step.Network);
            Texts("targets", step.Targets);
            if (step.ActionBudget is { } budget)
                Object("action_budget", () =>
                {
                    json.WriteString("per", DurationText.Format(TimeSpan.FromSeconds(budget.PerSeconds)));
                    json.WriteNumber("max", budget.Max);
                });
        }

        private void Rollback(RollbackCommand rollback)
        {
            Command(rollback.Command);
            json.WriteString("timeout", DurationText.Format(rollback.Timeout));
            Texts("conditions", rollback.Conditions);
        }

        private void Credential(StepCredential credential)
        {
            json.WriteString("id", credential.Id);
            Text("env", credential.Env);
            json.WriteString("ttl", DurationText.Format(credential.Ttl));
        }

        private void Command(StepCommand command)
        {
            if (command.Shell)
            {
                json.WriteString("command", command.Argv[0]);
                json.WriteBoolean("shell", true);
            }
            else
            {
                Texts("command", command.Argv);
            }
        }

        private void Text(string name, string? value)
        {
            if (value is not null)
                json.WriteString(name, value);
        }

        private void Flag(string name, bool value, bool absent)
        {
            if (value != absent)
                json.WriteBoolean(name, value);
        }

        private void Number(string name, double value, double absent)
        {
            if (!value.Equals(absent))
                json.WriteNumber(name, value);
        }

        private void Texts(string name, IReadOnlyList<string> values)
        {
            if (values.Count == 0)
                return;
            json.WriteStartArray(name);
            foreach (var value in values)
                json.WriteStringValue(value);
            json.WriteEndArray();
        }

        private void List<T>(string name, IReadOnlyList<T> items, Action<T> write)
        {
            if (items.Count == 0)
                return;
            json.WriteStartArray(name);
            foreach (var item in items)
            {
                json.WriteStartObject();
                write(item);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        private void Object(string name, Action write)
        {
            json.WriteStartObject(name);
            write();
            json.WriteEndObject();
        }
    }
}
