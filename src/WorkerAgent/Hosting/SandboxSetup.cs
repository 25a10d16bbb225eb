using System.Security.Cryptography;
using System.Text;
using Cavra.Actors.WorkerAgent.Sandbox;

namespace Cavra.Actors.WorkerAgent.Hosting;

/// <summary>The sandbox machinery of one worker, made at its start.</summary>
internal sealed record SandboxSetup(SandboxLauncher Launcher, MachineControls Machine, CgroupTree? Cgroups)
{
    private const string Missing =
        "bubblewrap (bwrap) is not installed, and without it no step may run. Install it: apt-get install bubblewrap (Debian, Ubuntu) or dnf install bubblewrap (Fedora).";

    /// <summary>Marks the sandboxes of one data folder, whichever process made them.</summary>
    internal static string LabelFor(string dataFolder) =>
        "cavra-step-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(dataFolder))))[..16];

    internal static async Task<SandboxSetup> Open(AgentOptions options)
    {
        var bubblewrap = options.Bubblewrap ?? MachineControls.FindBubblewrap(Environment.GetEnvironmentVariable("PATH"));
        if (bubblewrap is null || !File.Exists(bubblewrap))
            throw new AgentStartException(Missing);
        var trial = Path.Combine(options.DataFolder, "sandbox", "trial");
        Directory.CreateDirectory(trial);
        var (cgroups, detail) = CgroupTree.Open($"{CgroupTree.LabelFor(Environment.ProcessId)}-{LabelFor(options.DataFolder)[^8..]}");
        var launcher = new SandboxLauncher(bubblewrap, options.DataFolder, cgroups);
        var machine = await MachineControls.Probe(launcher, detail, cgroups is not null, options.MacAssumed, trial);
        return new SandboxSetup(launcher, machine, cgroups);
    }
}
