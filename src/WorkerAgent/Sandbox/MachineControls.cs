using System.Collections.Immutable;
using System.Diagnostics;

namespace Cavra.Actors.WorkerAgent.Sandbox;

/// <summary>What this machine can provide for sandboxes, found out once at start.</summary>
internal sealed record MachineControls(ImmutableDictionary<string, (bool Ok, string Detail)> Found)
{
    /// <summary>Each control of the profile with whether the machine has it and whether the profile demands it.</summary>
    internal ImmutableArray<ControlCheck> Check(SandboxProfile profile) =>
    [
        .. profile.Required.Select(name => Look(name, required: true)),
        .. profile.Wanted.Select(name => Look(name, required: false)),
    ];

    /// <summary>The first demanded control that is missing, or null when the profile can be provided.</summary>
    internal ControlCheck? Missing(SandboxProfile profile) => Check(profile).FirstOrDefault(check => check is { Required: true, Ok: false });

    /// <summary>Profiles that this machine can provide, for the registration.</summary>
    internal ImmutableArray<string> Provided =>
        [.. SandboxProfile.Names.Where(name => Missing(SandboxProfile.Find(name)!) is null)];

    private ControlCheck Look(string name, bool required)
    {
        var (ok, detail) = Found.GetValueOrDefault(name, (true, "part of every sandbox"));
        return new ControlCheck(name, ok, required, detail);
    }

    /// <summary>Looks at the machine and runs one trial sandbox.</summary>
    /// <param name="macAssumed">The operator answers for mandatory access control (<c>CAVRA_SANDBOX__MAC=available</c>).</param>
    internal static async Task<MachineControls> Probe(SandboxLauncher launcher, string cgroupDetail, bool hasCgroups, bool macAssumed, string workFolder)
    {
        var (started, detail) = await TryStart(launcher, workFolder);
        var found = ImmutableDictionary.CreateBuilder<string, (bool, string)>(StringComparer.Ordinal);
        found[SandboxControls.Namespaces] = (started, detail);
        found[SandboxControls.Seccomp] = LookAtSeccomp();
        found[SandboxControls.Cgroup] = (hasCgroups, cgroupDetail);
        found[SandboxControls.Mac] = LookAtMac(macAssumed);
        return new MachineControls(found.ToImmutable());
    }

    /// <summary>Path of bwrap, or null when it is not installed.</summary>
    internal static string? FindBubblewrap(string? path) =>
        (path ?? "/usr/bin:/usr/local/bin").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Append("/usr/bin").Select(folder => Path.Combine(folder, "bwrap")).FirstOrDefault(File.Exists);

    private static async Task<(bool Ok, string Detail)> TryStart(SandboxLauncher launcher, string workFolder)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            var trial = new SandboxRequest
            {
                Profile = SandboxProfile.Find("prod-critical")!,
                Argv = ["true"],
                WorkFolder = workFolder,
                Label = "cavra-trial",
            };
            var process = await launcher.Start(trial, CancellationToken.None);
            if (process.HostPid is not null)
                process.Release();
            using var error = new StreamReader(process.Error);
            var said = await error.ReadToEndAsync();
            await process.Output.DisposeAsync();
            var exit = await process.Completion;
            return exit.ExitCode == 0
                ? (true, $"bubblewrap, trial took {watch.ElapsedMilliseconds} ms")
                : (false, $"the trial sandbox did not start: {said.Trim()}");
        }
        catch (SandboxException error)
        {
            return (false, error.Message);
        }
    }

    private static (bool Ok, string Detail) LookAtSeccomp()
    {
        const string actions = "/proc/sys/kernel/seccomp/actions_avail";
        if (!SeccompFilter.IsSupported)
            return (false, "the filter is known for x86-64 and arm64 only");
        return File.Exists(actions) && File.ReadAllText(actions).Contains("kill_process", StringComparison.Ordinal)
            ? (true, "kernel filter, deny list")
            : (false, "the kernel has no seccomp filters");
    }

    private static (bool Ok, string Detail) LookAtMac(bool assumed)
    {
        const string appArmor = "/sys/module/apparmor/parameters/enabled";
        var kernel = File.Exists(appArmor) && File.ReadAllText(appArmor).StartsWith('Y') ? "AppArmor"
            : Directory.Exists("/sys/fs/selinux/booleans") ? "SELinux" : null;
        if (kernel is not null)
            return (true, $"the kernel has {kernel}");
        return assumed
            ? (true, "the kernel has none; accepted because CAVRA_SANDBOX__MAC=available")
            : (false, "the kernel has neither AppArmor nor SELinux (CAVRA_SANDBOX__MAC=available accepts that)");
    }
}
