namespace Cavra.Actors.Runbooks.Schema;

/// <summary>Every field of a runbook with its bounds: the one source of the loader's checks and of <c>runbook.schema.json</c>.</summary>
internal static class RunbookShapes
{
    /// <summary>Most steps of all phases together.</summary>
    public const int MaxSteps = 200;

    private const string EnvironmentName = "dev, staging or prod";

    private static readonly Shape Argv = new ListShape("Program and arguments, one element each; never read by a shell.", new WordShape("One argument.", 32 * 1024), 1, 256);
    private static readonly Shape Script = new TextShape("A script for /bin/sh -c; needs shell: true.", 32 * 1024, Multiline: true);
    private static readonly Shape Command = new EitherShape("What runs: a list of words, or one script with shell: true.", Argv, Script);
    private static readonly Shape Timeout = new DurationShape("Time limit of one attempt; 5m when absent.", TimeSpan.FromSeconds(1), TimeSpan.FromHours(24));

    private static readonly Shape Targets = new ListShape("What is acted on, such as host:db-1; for locks and budgets.",
        new TextShape("One target.", 256), 0, 32, Unique: true);

    private static readonly Shape Budget = new MapShape("How often one target may be acted on.",
        new FieldShape("per", new DurationShape("The window.", TimeSpan.FromSeconds(1), TimeSpan.FromDays(366)), true),
        new FieldShape("max", new IntegerShape("Actions within the window.", 1, 10_000), true));

    private static readonly Shape Rollback = new MapShape("How the step is undone.",
        new FieldShape("command", Command, true),
        new FieldShape("shell", new BooleanShape("Whether command is a script.")),
        new FieldShape("timeout", Timeout),
        new FieldShape("conditions", new ListShape("When it runs; [failure] when absent.", new ChoiceShape("A condition.", "failure", "manual"), 1, 2, Unique: true)));

    private static readonly Shape CredentialId = new TextShape("Id of a credential.", 128, "^[A-Za-z0-9][A-Za-z0-9._-]*$", "letters, digits, dot, dash, underscore");

    private static readonly Shape Credential = new EitherShape("A credential id, or an object with id, env and ttl.", CredentialId,
        new MapShape("A credential with options.",
            new FieldShape("id", CredentialId, true),
            new FieldShape("env", new TextShape("Variable that holds it inside the step.", 128, "^[A-Za-z_][A-Za-z0-9_]*$", "a variable name")),
            new FieldShape("ttl", new DurationShape("Lease length, at most 5m (spec 5.3).", TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)))));

    private static readonly MapShape Step = new("One step.",
        new FieldShape("name", new TextShape("One line for people.", 200), true),
        new FieldShape("command", Command, true),
        new FieldShape("shell", new BooleanShape("Whether command is a script for /bin/sh -c.")),
        new FieldShape("timeout", Timeout),
        new FieldShape("cwd", new TextShape("Working folder in the sandbox; /work when absent.", 4096, "^/", "an absolute path")),
        new FieldShape("blast_radius", new ChoiceShape("How much it can break; low when absent.", "low", "medium", "high")),
        new FieldShape("critical", new BooleanShape("A human always decides it.")),
        new FieldShape("destructive", new BooleanShape("It destroys something; needs two keys.")),
        new FieldShape("idempotent", new BooleanShape("Running it twice does no harm.")),
        new FieldShape("irreversible", new BooleanShape("It cannot be undone.")),
        new FieldShape("confidence_score", new NumberShape("The author's confidence; 0 when absent.", 0, 1)),
        new FieldShape("auto_approve_threshold", new NumberShape("Confidence from which it may be approved automatically; 0.95 when absent.", 0, 1)),
        new FieldShape("requires_rollback", new BooleanShape("Whether a failure rolls it back by itself.")),
        new FieldShape("rollback", Rollback),
        new FieldShape("retry", new MapShape("Retries.",
            new FieldShape("max_attempts", new IntegerShape("Retries after the first run.", 0, 10)),
            new FieldShape("backoff", new DurationShape("Wait before a retry; 5s when absent.", TimeSpan.Zero, TimeSpan.FromHours(1))))),
        new FieldShape("credentials", new ListShape("Credentials it is given.", Credential, 0, 16)),
        new FieldShape("expect", new MapShape("What counts as success.",
            new FieldShape("exit_code", new IntegerShape("Expected exit code; 0 when absent.", 0, 255)),
            new FieldShape("stdout_matches", new TextShape("Expression found in standard output.", 1024)))),
        new FieldShape("on_failure", new ChoiceShape("What a failure does; never weaker than the profile.", "rollback", "pause", "fail")),
        new FieldShape("approval", new MapShape("Who decides its gate.",
            new FieldShape("quorum", new TextShape("For example: 1 of sre and 1 of dba.", 500), true))),
        new FieldShape("writable", new ListShape("Host paths it may write.", new TextShape("An absolute path.", 4096, "^(/|\\{\\{)", "an absolute path"), 0, 32, Unique: true)),
        new FieldShape("network", new ListShape("Egress allowed, host:port.", new TextShape("host:port", 300), 0, 32, Unique: true)),
        new FieldShape("targets", Targets),
        new FieldShape("action_budget", Budget));

    private static readonly Shape InputValue = new WordShape("A value.", 32 * 1024);

    private static readonly Shape Input = new MapShape("One input.",
        new FieldShape("name", new TextShape("Name used in {{inputs.name}}.", 64, "^[A-Za-z_][A-Za-z0-9_]*$", "letters, digits and underscore"), true),
        new FieldShape("type", new ChoiceShape("Type; string when absent.", "string", "integer", "number", "boolean")),
        new FieldShape("required", new BooleanShape("Whether it must be given.")),
        new FieldShape("default", InputValue),
        new FieldShape("pattern", new TextShape("The whole value must match.", 1024)),
        new FieldShape("enum", new ListShape("The allowed values.", InputValue, 1, 100)),
        new FieldShape("max_length", new IntegerShape("Longest value.", 1, 32 * 1024)),
        new FieldShape("description", new TextShape("For people.", 2000, Multiline: true)));

    /// <summary>The document.</summary>
    public static readonly MapShape Runbook = new("A Cavra runbook.",
        new FieldShape("runbook_id", new TextShape("Stable id.", 128, "^rb-[A-Za-z0-9][A-Za-z0-9._-]*$", "rb- and letters, digits, dot, dash, underscore"), true),
        new FieldShape("title", new TextShape("One line for people.", 200), true),
        new FieldShape("description", new TextShape("Longer text for people.", 8000, Multiline: true)),
        new FieldShape("owner", new TextShape("The group that answers for it.", 128)),
        new FieldShape("match", new MapShape("Which tickets it is derived from.",
            new FieldShape("ticket_prefix", new TextShape("Start of the ticket id.", 64)),
            new FieldShape("service", new TextShape("The ticket's service.", 128)))),
        new FieldShape("environments", new ListShape("Where it may run; all when absent.", new ChoiceShape(EnvironmentName, "dev", "staging", "prod"), 1, 3, Unique: true)),
        new FieldShape("inputs", new ListShape("What the operator gives at the start.", Input, 0, 64)),
        new FieldShape("worker_requirements", new MapShape("What a worker must offer.",
            new FieldShape("capabilities", new ListShape("All of these.", new TextShape("A capability.", 64), 0, 32, Unique: true)),
            new FieldShape("network_segment", new TextShape("any, or a segment.", 128)),
            new FieldShape("max_latency_ms", new IntegerShape("Ceiling in milliseconds.", 1, 600_000)))),
        new FieldShape("targets", Targets),
        new FieldShape("action_budget", Budget),
        new FieldShape("prechecks", new ListShape("Checks before.", Step, 0, MaxSteps)),
        new FieldShape("steps", new ListShape("The work.", Step, 1, MaxSteps), true),
        new FieldShape("postchecks", new ListShape("Checks after.", Step, 0, MaxSteps)));
}
