using System.Globalization;
using Cavra.Actors.WorkerAgent.Sandbox.Native;

namespace Cavra.Actors.WorkerAgent.Sandbox;

/// <summary>The control groups of one step: holds its process count and memory, knows who is in it, and kills them all.</summary>
internal sealed class CgroupScope
{
    private const string CpuShares = "512";
    private readonly string[] _folders;

    private CgroupScope(string[] folders) => _folders = folders;

    internal static CgroupScope Create(CgroupTree tree, string name, SandboxLimits limits)
    {
        var folders = tree.Folders.ToDictionary(pair => pair.Key, pair => $"{pair.Value}/{name}", StringComparer.Ordinal);
        foreach (var folder in folders.Values.Distinct(StringComparer.Ordinal))
            Directory.CreateDirectory(folder);
        var processes = limits.Processes.ToString(CultureInfo.InvariantCulture);
        var memory = limits.MemoryBytes.ToString(CultureInfo.InvariantCulture);
        Write(folders["pids"], "pids.max", processes);
        Write(folders["memory"], tree.IsUnified ? "memory.max" : "memory.limit_in_bytes", memory);
        if (!tree.IsUnified && folders.TryGetValue("cpu", out var cpu))
            Write(cpu, "cpu.shares", CpuShares);
        TrySwapLimit(folders["memory"], tree.IsUnified, memory);
        return new CgroupScope([.. folders.Values.Distinct(StringComparer.Ordinal)]);
    }

    internal void Add(int pid)
    {
        foreach (var folder in _folders)
            Write(folder, "cgroup.procs", pid.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Process ids in the group, by the numbers that this process sees.</summary>
    internal int[] Members() =>
        [.. _folders.SelectMany(folder => File.ReadLines($"{folder}/cgroup.procs")).Select(line => int.Parse(line, CultureInfo.InvariantCulture)).Distinct()];

    /// <summary>Kills what is in the group now; a caller repeats it until <see cref="Members"/> is empty.</summary>
    internal void Kill()
    {
        foreach (var pid in Members())
            _ = LibC.Kill(pid, LibC.SignalKill);
    }

    /// <summary>Removes the group. False while a process is still in it.</summary>
    internal bool TryRemove()
    {
        try
        {
            foreach (var folder in _folders)
                if (Directory.Exists(folder))
                    Directory.Delete(folder);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void TrySwapLimit(string folder, bool unified, string memory)
    {
        var file = unified ? "memory.swap.max" : "memory.memsw.limit_in_bytes";
        if (File.Exists($"{folder}/{file}"))
            Write(folder, file, unified ? "0" : memory);
    }

    private static void Write(string folder, string file, string value) => File.WriteAllText($"{folder}/{file}", value);
}
