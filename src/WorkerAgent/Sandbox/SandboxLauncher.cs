using System.Diagnostics;
using Cavra.Actors.WorkerAgent.Sandbox.Native;
using Microsoft.Win32.SafeHandles;

namespace Cavra.Actors.WorkerAgent.Sandbox;

/// <summary>Starts process trees in bubblewrap sandboxes, held at a gate until the caller lets them go.</summary>
internal sealed class SandboxLauncher
{
    private const int SetChildSubreaper = 36;
    private static readonly byte[] Filter = SeccompFilter.IsSupported ? SeccompFilter.Build() : [];
    private readonly string _bubblewrap;
    private readonly string _configuration;
    private readonly CgroupTree? _cgroups;
    private int _scopes;

    /// <param name="bubblewrap">Path of the bwrap program.</param>
    /// <param name="dataFolder">The worker's own folder.</param>
    /// <param name="cgroups">Where to make control groups, or null where the machine has none to give.</param>
    internal SandboxLauncher(string bubblewrap, string dataFolder, CgroupTree? cgroups)
    {
        _bubblewrap = bubblewrap;
        _configuration = ConfigurationCopy.Make(dataFolder);
        _cgroups = cgroups;
        // The sandbox's first process outlives bwrap's own by an instant and would be left to the machine's init, which
        // in many containers never reaps.
        _ = LibC.Prctl(SetChildSubreaper, 1, 0, 0, 0);
    }

    /// <summary>Makes the sandbox. The command does not run before <see cref="SandboxedProcess.Release"/>.</summary>
    /// <exception cref="SandboxException">The sandbox cannot be made; nothing has run.</exception>
    internal async Task<SandboxedProcess> Start(SandboxRequest request, CancellationToken cancel)
    {
        if (request.HostNetwork && !request.Profile.AllowsHostNetwork)
            throw new SandboxException(SandboxControls.NoNetwork, $"profile {request.Profile.Name} gives no step the network");
        var scope = MakeScope(request);
        Pipes? pipes = null;
        try
        {
            pipes = new Pipes();
            var monitor = await Spawn(request, pipes);
            pipes.CloseChildEnds();
            return await Hold(request, monitor, pipes, scope, cancel);
        }
        catch (Exception error)
        {
            pipes?.Dispose();
            scope?.TryRemove();
            throw error as SandboxException ?? new SandboxException("start", error.Message);
        }
    }

    private CgroupScope? MakeScope(SandboxRequest request) =>
        _cgroups is null ? null : CgroupScope.Create(_cgroups, $"step-{Interlocked.Increment(ref _scopes)}", request.Profile.Limits);

    private async Task<int> Spawn(SandboxRequest request, Pipes pipes)
    {
        using var options = OwnedFd.Memory("cavra-options", BubblewrapArguments.Options(request, _configuration));
        using var filter = OwnedFd.Memory("cavra-seccomp", Filter);
        var descriptors = new List<SafeFileHandle> { pipes.Input, pipes.OutputWrite, pipes.ErrorWrite, options, filter, pipes.StatusWrite, pipes.Gate };
        try
        {
            foreach (var credential in request.Credentials)
                descriptors.Add(OwnedFd.Memory("cavra-credential", credential.Content.Span));
            return await Spawner.Shared.Start(_bubblewrap, BubblewrapArguments.Argv(request), [], descriptors);
        }
        finally
        {
            foreach (var credential in descriptors.Skip(BubblewrapArguments.FirstCredentialDescriptor))
                credential.Dispose();
        }
    }

    private static async Task<SandboxedProcess> Hold(
        SandboxRequest request, int monitor, Pipes pipes, CgroupScope? scope, CancellationToken cancel)
    {
        var monitorWatch = ProcessWatch.TryOpen(monitor) ?? throw new UnreachableException("an unreaped child has a descriptor");
        var status = new SandboxStatusReader(pipes.TakeStatus());
        var child = await status.ReadChild(cancel) is { } pid ? ProcessWatch.TryOpen(pid) : null;
        var process = new SandboxedProcess(monitorWatch, child, status, pipes, scope);
        if (child is null)
            return process;
        try
        {
            scope?.Add(child.Pid);
            ResourceLimits.Apply(child.Pid, request.Profile.Limits, memoryByCgroup: scope is not null);
            return process;
        }
        catch (Exception error)
        {
            process.Kill();
            await process.Completion;
            throw error as SandboxException ?? new SandboxException(SandboxControls.Cgroup, error.Message);
        }
    }

    /// <summary>The descriptors between this process and one bwrap.</summary>
    internal sealed class Pipes : IDisposable
    {
        private readonly SafeFileHandle _statusRead;

        internal Pipes()
        {
            Input = OwnedFd.Open("/dev/null", 0);
            (OutputRead, OutputWrite) = OwnedFd.Pipe();
            (ErrorRead, ErrorWrite) = OwnedFd.Pipe();
            (_statusRead, StatusWrite) = OwnedFd.Pipe();
            Gate = OwnedFd.Gate();
        }

        internal SafeFileHandle Input { get; }

        internal SafeFileHandle OutputRead { get; }

        internal SafeFileHandle OutputWrite { get; }

        internal SafeFileHandle ErrorRead { get; }

        internal SafeFileHandle ErrorWrite { get; }

        internal SafeFileHandle StatusWrite { get; }

        internal SafeFileHandle Gate { get; }

        internal SafeFileHandle TakeStatus() => _statusRead;

        internal void CloseChildEnds()
        {
            Input.Dispose();
            OutputWrite.Dispose();
            ErrorWrite.Dispose();
            StatusWrite.Dispose();
        }

        public void Dispose()
        {
            CloseChildEnds();
            Gate.Dispose();
            OutputRead.Dispose();
            ErrorRead.Dispose();
            _statusRead.Dispose();
        }
    }
}
