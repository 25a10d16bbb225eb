using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Cavra.Actors.WorkerAgent.Sandbox;

/// <summary>What one step's process tree may use at most.</summary>
/// <param name="Processes">Processes and threads alive at once.</param>
/// <param name="MemoryBytes">Memory of the tree, files in memory included.</param>
/// <param name="OpenFiles">Descriptors per process.</param>
/// <param name="FileBytes">Largest file that it can write.</param>
/// <param name="TemporaryBytes">Size of /tmp.</param>
internal sealed record SandboxLimits(int Processes, long MemoryBytes, int OpenFiles, long FileBytes, long TemporaryBytes);

/// <summary>An environment profile (spec 5.1) as the list of controls that it is made of.</summary>
/// <param name="Required">Controls without which nothing runs: the machine must have each.</param>
/// <param name="Wanted">Controls used where the machine has them and reported where it has not.</param>
/// <param name="AllowsHostNetwork">Whether a step that lists network targets may share the host's network.</param>
internal sealed record SandboxProfile(
    string Name, ImmutableArray<string> Required, ImmutableArray<string> Wanted, bool AllowsHostNetwork, SandboxLimits Limits)
{
    private const long MiB = 1024 * 1024;
    private const long GiB = 1024 * MiB;

    private static readonly ImmutableArray<string> Base =
    [
        SandboxControls.Namespaces, SandboxControls.Seccomp, SandboxControls.ReadOnlyRoot, SandboxControls.NoPrivileges,
        SandboxControls.NoNetwork, SandboxControls.ResourceLimits, SandboxControls.EphemeralFiles, SandboxControls.CleanEnvironment,
    ];

    private static readonly FrozenDictionary<string, SandboxProfile> All = new SandboxProfile[]
    {
        new("prod-critical", [.. Base, SandboxControls.Mac], [SandboxControls.Cgroup], false, new(128, 1 * GiB, 512, 2 * GiB, 128 * MiB)),
        new("prod-standard", Base, [SandboxControls.Cgroup], true, new(256, 1 * GiB, 1024, 4 * GiB, 256 * MiB)),
        new("staging-standard", Base, [SandboxControls.Cgroup], true, new(256, 2 * GiB, 1024, 4 * GiB, 512 * MiB)),
        new("dev-flex", Base, [SandboxControls.Cgroup], true, new(512, 2 * GiB, 4096, 8 * GiB, 512 * MiB)),
    }.ToFrozenDictionary(profile => profile.Name, StringComparer.Ordinal);

    /// <summary>The names, strictest first.</summary>
    internal static ImmutableArray<string> Names { get; } = ["prod-critical", "prod-standard", "staging-standard", "dev-flex"];

    internal static SandboxProfile? Find(string name) => All.GetValueOrDefault(name);
}
