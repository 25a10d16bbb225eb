using Cavra.Actors.WorkerAgent.Sandbox;

namespace Cavra.Actors.WorkerAgent.Tests.Sandbox;

/// <summary>A launcher over the machine's real bwrap, with a data folder of its own.</summary>
public sealed class SandboxFixture : IAsyncLifetime
{
    internal static readonly TimeSpan Generous = TimeSpan.FromSeconds(30);
    private CgroupTree? _cgroups;

    internal string Folder { get; } = Directory.CreateTempSubdirectory("cavra-sandbox-").FullName;

    internal SandboxLauncher Launcher { get; private set; } = null!;

    internal MachineControls Machine { get; private set; } = null!;

    internal bool HasCgroups => _cgroups is not null;

    public async Task InitializeAsync()
    {
        (_cgroups, var detail) = CgroupTree.Open(CgroupTree.LabelFor(Environment.ProcessId) + "-" + Guid.NewGuid().ToString("N")[..8]);
        var bubblewrap = MachineControls.FindBubblewrap(Environment.GetEnvironmentVariable("PATH"));
        bubblewrap.ShouldNotBeNull("these tests need bubblewrap: apt-get install bubblewrap");
        Launcher = new SandboxLauncher(bubblewrap, Folder, _cgroups);
        Machine = await MachineControls.Probe(Launcher, detail, _cgroups is not null, macAssumed: true, NewWorkFolder());
    }

    public Task DisposeAsync()
    {
        _cgroups?.Close();
        Directory.Delete(Folder, recursive: true);
        return Task.CompletedTask;
    }

    internal string NewWorkFolder() => Directory.CreateDirectory(Path.Combine(Folder, "work-" + Guid.NewGuid().ToString("N"))).FullName;

    internal SandboxRequest Request(string profile, params string[] argv) => new()
    {
        Profile = SandboxProfile.Find(profile)!,
        Argv = [.. argv],
        WorkFolder = NewWorkFolder(),
        Label = "cavra-test",
    };

    internal Task<Ran> Run(string profile, params string[] argv) => Run(Request(profile, argv));

    internal async Task<Ran> Run(SandboxRequest request)
    {
        var process = await Launcher.Start(request, CancellationToken.None);
        if (process.HostPid is not null)
            process.Release();
        using var output = new StreamReader(process.Output);
        using var error = new StreamReader(process.Error);
        var texts = await Task.WhenAll(output.ReadToEndAsync(), error.ReadToEndAsync()).WaitAsync(Generous);
        var exit = await process.Completion.WaitAsync(Generous);
        exit.TreeEmpty.ShouldBeTrue();
        return new Ran(exit.ExitCode, texts[0], texts[1]);
    }

    internal sealed record Ran(int? ExitCode, string Output, string Error);
}
