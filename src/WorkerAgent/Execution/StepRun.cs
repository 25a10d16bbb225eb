using System.Collections.Immutable;
using Cavra.Actors.Sessions;
using Cavra.Actors.WorkerAgent.Sandbox;

namespace Cavra.Actors.WorkerAgent.Execution;

/// <summary>One step, or its rollback, ready to run: everything has been checked.</summary>
internal sealed record StepRun
{
    internal required StepCommand Command { get; init; }

    internal required SandboxProfile Profile { get; init; }

    /// <summary>Host folder that is /work inside, made when it is not there; kept between the steps of a session.</summary>
    internal required string WorkFolder { get; init; }

    internal string Cwd { get; init; } = "/work";

    /// <summary>After this the process tree is killed.</summary>
    internal required TimeSpan Timeout { get; init; }

    internal ImmutableArray<string> Writable { get; init; } = [];

    internal ImmutableArray<string> Network { get; init; } = [];

    internal StepExpectation Expect { get; init; } = new(0, null);

    internal ImmutableDictionary<string, string> Environment { get; init; } = ImmutableDictionary<string, string>.Empty;

    internal ImmutableArray<CredentialFile> Credentials { get; init; } = [];

    /// <summary>Values that must not appear in output.</summary>
    internal ImmutableArray<string> Secrets { get; init; } = [];

    /// <summary>Leaves the secrets out.</summary>
    public override string ToString() => $"{nameof(StepRun)} {{ {Profile.Name} }}";
}

/// <summary>How a step ended.</summary>
internal sealed record StepEnd
{
    internal required StepOutcome Outcome { get; init; }

    internal StepReason? Reason { get; init; }

    internal int? ExitCode { get; init; }

    /// <summary>From the gate's opening to the end of the tree.</summary>
    internal long ExecutionMs { get; init; }

    /// <summary>Plain words, never a secret.</summary>
    internal string? Detail { get; init; }

    internal bool Truncated { get; init; }

    internal long LastStreamSeq { get; init; }

    /// <summary>The end of standard output, redacted.</summary>
    internal string StdoutTail { get; init; } = "";

    /// <summary>The end of standard error, redacted.</summary>
    internal string StderrTail { get; init; } = "";

    internal static StepEnd NotRun(StepReason reason, string detail) =>
        new() { Outcome = StepOutcome.NotRun, Reason = reason, Detail = detail };
}
