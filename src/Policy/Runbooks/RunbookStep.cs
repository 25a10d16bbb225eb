using System.Collections.Immutable;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Runbooks;

/// <summary>One step of a runbook. Templates are still in place; see <c>InputSubstitution</c>.</summary>
public sealed record RunbookStep
{
    /// <summary>Default time limit (contract, "Runbook fields beyond the sample").</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(5);

    /// <summary>One line for people.</summary>
    public required string Name { get; init; }

    /// <summary>What runs, templates in place.</summary>
    public required StepCommand Command { get; init; }

    /// <summary>Time limit of one attempt.</summary>
    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>How much it can break; <c>low</c> when the author says nothing.</summary>
    public BlastRadius BlastRadius { get; init; } = BlastRadius.Low;

    /// <summary>A human must always decide it in <c>critical_only</c>.</summary>
    public bool Critical { get; init; }

    /// <summary>The author says that it destroys; policy may find the same by itself.</summary>
    public bool Destructive { get; init; }

    /// <summary>Running it twice does no harm.</summary>
    public bool Idempotent { get; init; }

    /// <summary>It cannot be undone.</summary>
    public bool Irreversible { get; init; }

    /// <summary>The author's confidence, 0..1; absent counts as 0.</summary>
    public double ConfidenceScore { get; init; }

    /// <summary>Confidence from which it may be approved automatically, 0..1; absent counts as 0.95.</summary>
    public double AutoApproveThreshold { get; init; } = 0.95;

    /// <summary>Whether a failure rolls it back by itself. Absent: when it has a rollback whose conditions hold <c>failure</c>.</summary>
    public bool RequiresRollback { get; init; }

    /// <summary>How it is undone, or null.</summary>
    public RollbackCommand? Rollback { get; init; }

    /// <summary>Retries after the first run, or null for the default (details, "Session rules").</summary>
    public int? MaxRetries { get; init; }

    /// <summary>Wait before a retry.</summary>
    public TimeSpan RetryBackoff { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Credentials it is given.</summary>
    public ImmutableArray<StepCredential> Credentials { get; init; } = [];

    /// <summary>What counts as success.</summary>
    public StepExpectation Expect { get; init; } = new(0, null);

    /// <summary>What a failure does, or null for the environment's default.</summary>
    public OnFailure? OnFailure { get; init; }

    /// <summary>Quorum expression that decides its gate, or null.</summary>
    public string? Quorum { get; init; }

    /// <summary>Host paths bound read-write.</summary>
    public ImmutableArray<string> Writable { get; init; } = [];

    /// <summary>Egress allowed, <c>host:port</c>.</summary>
    public ImmutableArray<string> Network { get; init; } = [];

    /// <summary>What it acts on, for locks and budgets.</summary>
    public ImmutableArray<string> Targets { get; init; } = [];

    /// <summary>How often it may act on one target, or null.</summary>
    public ActionBudget? ActionBudget { get; init; }

    /// <summary>Working folder inside the sandbox.</summary>
    public string Cwd { get; init; } = "/work";
}

/// <summary>Undoes a step.</summary>
/// <param name="Command">What runs, templates in place.</param>
/// <param name="Timeout">Time limit.</param>
/// <param name="Conditions"><c>failure</c> (automatic) and <c>manual</c>.</param>
public sealed record RollbackCommand(StepCommand Command, TimeSpan Timeout, ImmutableArray<string> Conditions);

/// <summary>A credential a step asks for.</summary>
/// <param name="Id">Id; the secret itself never stands in a runbook.</param>
/// <param name="Env">Variable that holds it, or null for the file only.</param>
/// <param name="Ttl">Lease length, at most five minutes (spec 5.3).</param>
public sealed record StepCredential(string Id, string? Env, TimeSpan Ttl)
{
    /// <summary>Longest lease (spec 5.3).</summary>
    public static readonly TimeSpan MaxTtl = TimeSpan.FromMinutes(5);
}
