using System.Collections.Immutable;

namespace Cavra.Actors.WorkerAgent.Sandbox;

/// <summary>A secret shown to one step as a file. Its bytes live in this process's memory and in the step's own tmpfs, never on disk.</summary>
internal sealed record CredentialFile(string Id, ReadOnlyMemory<byte> Content)
{
    /// <inheritdoc/>
    public override string ToString() => $"credential {Id}";
}

/// <summary>One process tree to start in a sandbox.</summary>
internal sealed record SandboxRequest
{
    internal required SandboxProfile Profile { get; init; }

    /// <summary>The command as it is executed, never joined or re-parsed.</summary>
    internal required ImmutableArray<string> Argv { get; init; }

    /// <summary>Host folder that is /work inside.</summary>
    internal required string WorkFolder { get; init; }

    /// <summary>Folder inside the sandbox to start in.</summary>
    internal string Cwd { get; init; } = "/work";

    /// <summary>Host paths bound read-write at the same place, already validated by <see cref="WritablePaths"/>.</summary>
    internal ImmutableArray<string> Writable { get; init; } = [];

    /// <summary>Share the host's network instead of an empty one. Refused when the profile does not allow it.</summary>
    internal bool HostNetwork { get; init; }

    /// <summary>Variables beyond PATH, HOME, LANG and TERM. Values reach only the step itself: not argv, not the environment of bwrap.</summary>
    internal ImmutableDictionary<string, string> Environment { get; init; } = ImmutableDictionary<string, string>.Empty;

    internal ImmutableArray<CredentialFile> Credentials { get; init; } = [];

    /// <summary>Shown as argv[0] of the bwrap processes on the host, so that a restarted worker finds what a dead one left.</summary>
    internal required string Label { get; init; }
}

/// <summary>The sandbox could not be made as demanded; nothing ran.</summary>
internal sealed class SandboxException(string control, string message) : Exception(message)
{
    /// <summary>Which control is missing or failed: one of <see cref="SandboxControls"/>, or <c>start</c>.</summary>
    internal string Control { get; } = control;
}
