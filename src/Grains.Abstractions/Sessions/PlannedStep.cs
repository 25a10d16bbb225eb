using System.Collections.Immutable;
using Cavra.Actors.Policy;

namespace Cavra.Actors.Sessions;

/// <summary>One step of a plan: exactly what will run, under which rules.</summary>
[GenerateSerializer, Alias("cavra.planned-step"), Immutable]
public sealed record PlannedStep
{
    /// <summary>1..n across phases.</summary>
    [Id(0)] public required int Number { get; init; }

    /// <summary>The step's name in the runbook.</summary>
    [Id(1)] public required string Name { get; init; }

    /// <summary>Precheck, main or postcheck.</summary>
    [Id(2)] public required StepPhase Phase { get; init; }

    /// <summary>What runs, inputs in place.</summary>
    [Id(3)] public required StepCommand Command { get; init; }

    /// <summary>Seconds until the process tree is killed.</summary>
    [Id(4)] public int TimeoutSeconds { get; init; } = 300;

    /// <summary>The working directory inside the sandbox.</summary>
    [Id(5)] public string WorkingDirectory { get; init; } = "/work";

    /// <summary>How much it can harm.</summary>
    [Id(6)] public BlastRadius BlastRadius { get; init; }

    /// <summary>Always a human's decision.</summary>
    [Id(7)] public bool Critical { get; init; }

    /// <summary>Destroys something; two keys.</summary>
    [Id(8)] public bool Destructive { get; init; }

    /// <summary>May run again without harm.</summary>
    [Id(9)] public bool Idempotent { get; init; }

    /// <summary>Cannot be taken back.</summary>
    [Id(10)] public bool Irreversible { get; init; }

    /// <summary>Rolled back as soon as it fails.</summary>
    [Id(11)] public bool RequiresRollback { get; init; }

    /// <summary>How it is taken back, if it can be.</summary>
    [Id(12)] public RollbackAction? Rollback { get; init; }

    /// <summary>Retries after the first run.</summary>
    [Id(13)] public int MaxRetries { get; init; }

    /// <summary>Seconds between a failure and its retry.</summary>
    [Id(14)] public int RetryBackoffSeconds { get; init; } = 5;

    /// <summary>What follows when retries are used up; never weaker than the profile.</summary>
    [Id(15)] public OnFailure OnFailure { get; init; }

    /// <summary>Credentials that the step may use, by id.</summary>
    [Id(16)] public ImmutableArray<CredentialUse> Credentials { get; init; } = [];

    /// <summary>What a good end looks like.</summary>
    [Id(17)] public StepExpectation Expect { get; init; } = new(0, null);

    /// <summary>Host paths bound read-write.</summary>
    [Id(18)] public ImmutableArray<string> Writable { get; init; } = [];

    /// <summary>host:port targets that it may reach.</summary>
    [Id(19)] public ImmutableArray<string> Network { get; init; } = [];

    /// <summary>Declared targets for locks and budgets.</summary>
    [Id(20)] public ImmutableArray<string> Targets { get; init; } = [];

    /// <summary>How often it may act on a target, if limited.</summary>
    [Id(21)] public ActionBudget? ActionBudget { get; init; }

    /// <summary>The sandbox profile's name.</summary>
    [Id(22)] public required string SandboxProfile { get; init; }

    /// <summary>The policy decision, shown before and enforced.</summary>
    [Id(23)] public required PolicyDecision Decision { get; init; }

    /// <summary>The policy decision on the rollback command, if there is one.</summary>
    [Id(24)] public PolicyDecision? RollbackDecision { get; init; }

    /// <summary><c>none</c>, <c>automatic</c>, or the quorum (spec 3.4 column approval_policy).</summary>
    [Id(25)] public string ApprovalPolicy { get; init; } = "none";

    /// <summary>The quorum that a human gate on this step needs, also a retry's; <c>1 of approver</c> by default.</summary>
    [Id(26)] public string Quorum { get; init; } = "1 of approver";

    /// <summary>SHA-256 (hex) of exactly what will run (ARCHITECTURE section 3, ApprovalTask).</summary>
    [Id(27)] public required string Digest { get; init; }

    /// <summary>SHA-256 (hex) of exactly what the rollback will run, if there is one.</summary>
    [Id(28)] public string? RollbackDigest { get; init; }
}

/// <summary>A rollback command.</summary>
[GenerateSerializer, Alias("cavra.rollback-action"), Immutable]
public sealed record RollbackAction(StepCommand Command, int TimeoutSeconds, ImmutableArray<string> Conditions);

/// <summary>A credential's use by a step: file always, environment variable when named, lease length in seconds (at most 300).</summary>
[GenerateSerializer, Alias("cavra.credential-use"), Immutable]
public sealed record CredentialUse(string Id, string? Env, int TtlSeconds);

/// <summary>What a good end looks like: the exit code, and a pattern that standard output must contain.</summary>
[GenerateSerializer, Alias("cavra.step-expectation"), Immutable]
public sealed record StepExpectation(int ExitCode, string? StdoutMatches);

/// <summary>At most <paramref name="Max"/> actions on one target within <paramref name="PerSeconds"/> seconds.</summary>
[GenerateSerializer, Alias("cavra.action-budget"), Immutable]
public sealed record ActionBudget(int PerSeconds, int Max);
