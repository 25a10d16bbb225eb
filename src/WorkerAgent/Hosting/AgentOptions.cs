using System.Collections.Immutable;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.WorkerAgent.Hosting;

/// <summary>What one worker is and may do.</summary>
public sealed record AgentOptions
{
    /// <summary>The worker's id: its certificate's subject CN.</summary>
    public required string Name { get; init; }

    /// <summary>Folder of its own: journal, work folders. One worker at a time may use it.</summary>
    public required string DataFolder { get; init; }

    /// <summary>What it offers, e.g. <c>shell</c>, <c>postgres</c>.</summary>
    public ImmutableArray<string> Capabilities { get; init; } = [];

    /// <summary>Where it may act.</summary>
    public ImmutableArray<TargetEnvironment> Environments { get; init; } = [TargetEnvironment.Dev];

    /// <summary>Its network segment.</summary>
    public string Segment { get; init; } = "local";

    /// <summary>Sessions held at once, 1..256.</summary>
    public int MaxConcurrency { get; init; } = 4;

    /// <summary>Output of one step past this is dropped (<c>CAVRA_OUTPUT__LIMIT</c>, default 64 MiB).</summary>
    public long OutputLimitBytes { get; init; } = Execution.OutputPump.DefaultLimitBytes;

    /// <summary>The operator answers for mandatory access control (<c>CAVRA_SANDBOX__MAC=available</c>).</summary>
    public bool MacAssumed { get; init; }

    /// <summary>Path of bwrap; null looks in PATH.</summary>
    public string? Bubblewrap { get; init; }

    /// <summary>Runs nothing behind the exec boundary. For the bench of a development installation only.</summary>
    public bool NoopExecutor { get; init; }

    /// <summary>The worker's version as operators see it.</summary>
    public string Version { get; init; } = typeof(AgentOptions).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>Problems with the values, in words; empty when there are none.</summary>
    public ImmutableArray<string> Problems()
    {
        var problems = ImmutableArray.CreateBuilder<string>();
        if (Name.Length is 0 or > 128)
            problems.Add("name: 1 to 128 characters, the CN of the worker's certificate");
        if (MaxConcurrency is < 1 or > 256)
            problems.Add("max-concurrency: 1 to 256");
        if (Environments.IsDefaultOrEmpty)
            problems.Add("environments: at least one of dev, staging, prod");
        if (OutputLimitBytes is < 1024 or > 16L * 1024 * 1024 * 1024)
            problems.Add("CAVRA_OUTPUT__LIMIT: 1 KiB to 16 GiB");
        return problems.DrainToImmutable();
    }
}

/// <summary>The worker cannot start here; the message says what to do.</summary>
public sealed class AgentStartException : Exception
{
    /// <summary>Makes one.</summary>
    public AgentStartException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
