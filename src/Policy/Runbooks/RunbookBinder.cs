using System.Collections.Immutable;
using Cavra.Actors.Runbooks.Reading;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Runbooks;

/// <summary>Makes the runbook from raw nodes and fills in the defaults. Tolerant: what is malformed has been reported already.</summary>
internal static class RunbookBinder
{
    private static readonly ImmutableArray<TargetEnvironment> Everywhere = [TargetEnvironment.Dev, TargetEnvironment.Staging, TargetEnvironment.Prod];

    public static Runbook Bind(RawMap root)
    {
        var read = new RawReader(root);
        var shared = (Targets: read.Texts("targets"), Budget: Budget(read));
        return new Runbook
        {
            RunbookId = read.Text("runbook_id") ?? "",
            Title = read.Text("title") ?? "",
            Description = read.Text("description"),
            Owner = read.Text("owner"),
            Match = read.Map("match") is { } match ? new RunbookMatch(match.Text("ticket_prefix"), match.Text("service")) : null,
            Environments = Environments(read),
            Inputs = [.. read.List("inputs").OfType<RawMap>().Select(BindInput)],
            WorkerRequirements = Requirements(read),
            Prechecks = Steps(read, "prechecks", shared.Targets, shared.Budget),
            Steps = Steps(read, "steps", shared.Targets, shared.Budget),
            Postchecks = Steps(read, "postchecks", shared.Targets, shared.Budget),
        };
    }

    private static ImmutableArray<TargetEnvironment> Environments(RawReader read)
    {
        var named = read.Texts("environments")
            .Select(t => Enum.TryParse<TargetEnvironment>(t, ignoreCase: true, out var value) ? value : (TargetEnvironment?)null)
            .OfType<TargetEnvironment>().Distinct().Order().ToImmutableArray();
        return named.IsEmpty ? Everywhere : named;
    }

    private static WorkerRequirements Requirements(RawReader read) => read.Map("worker_requirements") is not { } needs
        ? new WorkerRequirements()
        : new WorkerRequirements
        {
            Capabilities = [.. needs.Texts("capabilities").Order(StringComparer.Ordinal)],
            NetworkSegment = needs.Text("network_segment") ?? "any",
            MaxLatencyMs = needs.Int("max_latency_ms"),
        };

    private static InputDeclaration BindInput(RawMap map)
    {
        var read = new RawReader(map);
        return new InputDeclaration
        {
            Name = read.Text("name") ?? "",
            Type = read.Choice<InputType>("type") ?? InputType.String,
            Required = read.Bool("required"),
            Default = read.Text("default"),
            Pattern = read.Text("pattern"),
            Enum = read.Texts("enum"),
            MaxLength = read.Int("max_length") ?? InputDeclaration.DefaultMaxLength,
            Description = read.Text("description"),
        };
    }

    private static ImmutableArray<RunbookStep> Steps(RawReader read, string name, ImmutableArray<string> targets, ActionBudget? budget) =>
        [.. read.List(name).OfType<RawMap>().Select(step => BindStep(new RawReader(step), targets, budget))];

    private static RunbookStep BindStep(RawReader read, ImmutableArray<string> targets, ActionBudget? budget)
    {
        var rollback = Rollback(read);
        var own = read.Has("targets") ? read.Texts("targets") : targets;
        return new RunbookStep
        {
            Name = read.Text("name") ?? "",
            Command = Command(read),
            Timeout = read.Duration("timeout") ?? RunbookStep.DefaultTimeout,
            BlastRadius = read.Choice<BlastRadius>("blast_radius") ?? BlastRadius.Low,
            Critical = read.Bool("critical"),
            Destructive = read.Bool("destructive"),
            Idempotent = read.Bool("idempotent"),
            Irreversible = read.Bool("irreversible"),
            ConfidenceScore = read.Number("confidence_score") ?? 0,
            AutoApproveThreshold = read.Number("auto_approve_threshold") ?? 0.95,
            RequiresRollback = read.Bool("requires_rollback", absent: rollback?.Conditions.Contains("failure") ?? false),
            Rollback = rollback,
            MaxRetries = read.Map("retry")?.Int("max_attempts"),
            RetryBackoff = read.Map("retry")?.Duration("backoff") ?? TimeSpan.FromSeconds(5),
            Credentials = [.. read.List("credentials").Select(Credential).OfType<StepCredential>()],
            Expect = new StepExpectation(read.Map("expect")?.Int("exit_code") ?? 0, read.Map("expect")?.Text("stdout_matches")),
            OnFailure = read.Choice<OnFailure>("on_failure"),
            Quorum = read.Map("approval")?.Text("quorum"),
            Writable = read.Texts("writable"),
            Network = read.Texts("network"),
            Targets = own,
            ActionBudget = Budget(read) ?? (own.IsEmpty ? null : budget),
            Cwd = read.Text("cwd") ?? "/work",
        };
    }

    private static RollbackCommand? Rollback(RawReader step)
    {
        if (step.Map("rollback") is not { } read)
            return null;
        var conditions = read.Texts("conditions");
        return new RollbackCommand(Command(read), read.Duration("timeout") ?? RunbookStep.DefaultTimeout, conditions.IsEmpty ? ["failure"] : conditions);
    }

    private static StepCommand Command(RawReader read)
    {
        var words = read.Texts("command");
        return words.IsEmpty
            ? new StepCommand { Argv = [read.Text("command") ?? ""], Shell = read.Bool("shell") }
            : new StepCommand { Argv = words, Shell = read.Bool("shell") };
    }

    private static StepCredential? Credential(RawNode node)
    {
        switch (node)
        {
            case RawScalar scalar:
                return new StepCredential(scalar.Text, null, StepCredential.MaxTtl);
            case RawMap map:
                var read = new RawReader(map);
                return new StepCredential(read.Text("id") ?? "", read.Text("env"), read.Duration("ttl") ?? StepCredential.MaxTtl);
            default:
                return null;
        }
    }

    private static ActionBudget? Budget(RawReader read) =>
        read.Map("action_budget") is { } budget && budget.Duration("per") is { } per && budget.Int("max") is { } max
            ? new ActionBudget((int)Math.Ceiling(per.TotalSeconds), max) : null;
}
