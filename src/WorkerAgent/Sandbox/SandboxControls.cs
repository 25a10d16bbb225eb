namespace Cavra.Actors.WorkerAgent.Sandbox;

/// <summary>The controls that a sandbox is made of, by the names used in pre-flight checks (<c>sandbox.NAME</c>) and refusals.</summary>
internal static class SandboxControls
{
    /// <summary>User, PID, IPC, UTS, mount and network namespaces of its own, made by bubblewrap.</summary>
    internal const string Namespaces = "namespaces";

    /// <summary>The system-call filter of <see cref="SeccompFilter"/>.</summary>
    internal const string Seccomp = "seccomp";

    /// <summary>Mandatory access control by the kernel (AppArmor, SELinux).</summary>
    internal const string Mac = "mac";

    /// <summary>Process count and memory of the whole step held by control groups.</summary>
    internal const string Cgroup = "cgroup";

    /// <summary>Per-process limits: descriptors, file size, no core dumps.</summary>
    internal const string ResourceLimits = "resource_limits";

    /// <summary>The host's system folders read-only, nothing else of the host there at all.</summary>
    internal const string ReadOnlyRoot = "read_only_root";

    /// <summary>No capability, no new privileges: setuid bits do nothing.</summary>
    internal const string NoPrivileges = "no_privileges";

    /// <summary>A network namespace with nothing in it.</summary>
    internal const string NoNetwork = "no_network";

    /// <summary>The step listed network targets: it shares the host's network. Not an allow-list.</summary>
    internal const string HostNetwork = "host_network";

    /// <summary>/tmp and /var/tmp in memory, gone with the step.</summary>
    internal const string EphemeralFiles = "ephemeral_files";

    /// <summary>Only PATH, HOME, LANG, TERM and what the step's credentials name.</summary>
    internal const string CleanEnvironment = "clean_environment";
}

/// <summary>One control looked at on this machine.</summary>
/// <param name="Name">One of <see cref="SandboxControls"/>.</param>
/// <param name="Ok">The machine provides it.</param>
/// <param name="Required">The profile demands it: when not <paramref name="Ok"/>, nothing runs under that profile here.</param>
internal sealed record ControlCheck(string Name, bool Ok, bool Required, string Detail);
