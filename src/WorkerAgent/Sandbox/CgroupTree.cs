using System.Globalization;

namespace Cavra.Actors.WorkerAgent.Sandbox;

/// <summary>
/// The place in the machine's control groups under which this process makes one group per step: version 1 (one tree per
/// controller) or version 2. Only where the process may write there; it never asks for more rights.
/// </summary>
internal sealed class CgroupTree
{
    private const string Root = "/sys/fs/cgroup";
    private const string Prefix = "cavra-";
    private readonly Dictionary<string, string> _folders;

    private CgroupTree(Dictionary<string, string> folders, bool unified) => (_folders, IsUnified) = (folders, unified);

    /// <summary>Version 2: one folder for all controllers.</summary>
    internal bool IsUnified { get; }

    /// <summary>Folders that hold this process's groups, by controller (<c>pids</c>, <c>memory</c>, perhaps <c>cpu</c>).</summary>
    internal IReadOnlyDictionary<string, string> Folders => _folders;

    /// <summary>Finds and prepares the place.</summary>
    /// <param name="label">Name of this process's folder, unique on the machine.</param>
    /// <returns>The tree, or null and the reason why process count and memory cannot be held this way.</returns>
    internal static (CgroupTree? Tree, string Detail) Open(string label)
    {
        try
        {
            var own = ReadOwnGroups();
            var folders = new Dictionary<string, string>(StringComparer.Ordinal);
            var unified = File.Exists($"{Root}/cgroup.controllers");
            foreach (var controller in new[] { "pids", "memory", "cpu" })
            {
                var folder = unified ? PrepareUnified(own.GetValueOrDefault("", "/"), label) : Prepare($"{Root}/{controller}", own.GetValueOrDefault(controller, "/"), label);
                folders[controller] = folder;
            }

            return (new CgroupTree(folders, unified), unified ? "control groups version 2" : "control groups version 1");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return (null, $"control groups are not writable here ({error.Message}); per-process limits are used");
        }
    }

    /// <summary>Removes this process's folder when no step is left in it.</summary>
    internal void Close()
    {
        foreach (var folder in _folders.Values.Distinct(StringComparer.Ordinal))
        {
            try
            {
                Directory.Delete(folder);
            }
            catch (IOException)
            {
                // A step that could not be killed is still in there; the next start sweeps it.
            }
        }
    }

    private static string Prepare(string mount, string own, string label)
    {
        // Inside a container the own path may name a folder that only the host sees.
        var parent = Directory.Exists(mount + own) ? (mount + own).TrimEnd('/') : mount;
        SweepDead(parent);
        var folder = $"{parent}/{label}";
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>Removes what killed workers left. The kernel refuses to remove a group that still holds a process.</summary>
    private static void SweepDead(string parent)
    {
        foreach (var left in Directory.EnumerateDirectories(parent, Prefix + "*"))
        {
            var owner = Path.GetFileName(left)[Prefix.Length..].Split('-')[0];
            if (!int.TryParse(owner, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) || Directory.Exists($"/proc/{pid}"))
                continue;
            try
            {
                foreach (var step in Directory.EnumerateDirectories(left))
                    Directory.Delete(step);
                Directory.Delete(left);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Someone else sweeps it too, or a process in it has not ended yet.
            }
        }
    }

    private static string PrepareUnified(string own, string label)
    {
        var folder = Prepare(Root, own, label);
        var parent = Path.GetDirectoryName(folder)!;
        var controllers = File.ReadAllText($"{parent}/cgroup.subtree_control");
        if (!controllers.Contains("pids", StringComparison.Ordinal) || !controllers.Contains("memory", StringComparison.Ordinal))
            File.WriteAllText($"{parent}/cgroup.subtree_control", "+pids +memory");
        File.WriteAllText($"{folder}/cgroup.subtree_control", "+pids +memory");
        return folder;
    }

    private static Dictionary<string, string> ReadOwnGroups()
    {
        var groups = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines("/proc/self/cgroup"))
        {
            var parts = line.Split(':', 3);
            if (parts.Length == 3)
                foreach (var controller in parts[1].Split(','))
                    groups[controller] = parts[2];
        }

        return groups;
    }

    /// <summary>The name under which a process of this number makes its folder.</summary>
    internal static string LabelFor(int pid) => Prefix + pid.ToString(CultureInfo.InvariantCulture);
}
