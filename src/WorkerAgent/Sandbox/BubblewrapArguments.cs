using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Cavra.Actors.WorkerAgent.Sandbox;

/// <summary>Builds the options of bwrap, which go to it through a file in memory (<c>--args</c>), and the argv that stays.</summary>
internal static class BubblewrapArguments
{
    /// <summary>Descriptors of bwrap, in the order in which the launcher passes them. Credential files follow.</summary>
    internal const int OptionsDescriptor = 3;

    internal const int SeccompDescriptor = 4;
    internal const int StatusDescriptor = 5;
    internal const int GateDescriptor = 6;
    internal const int FirstCredentialDescriptor = 7;

    /// <summary>Number of the user inside, wherever the worker runs as. Not 0, so that nothing takes itself for root.</summary>
    internal const int InnerUser = 61984;

    internal const string CredentialFolder = "/run/cavra/credentials";
    private const string Path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>argv of the bwrap process. Its first element is the label by which a later worker finds it.</summary>
    internal static ImmutableArray<string> Argv(SandboxRequest request) =>
        [request.Label, "--args", Text(OptionsDescriptor), "--", .. request.Argv];

    /// <summary>The options, each ended by NUL, as <c>--args</c> reads them.</summary>
    internal static byte[] Options(SandboxRequest request, string configuration)
    {
        var options = new List<string>(192);
        AddIsolation(options, request);
        AddFiles(options, request, configuration);
        AddCredentials(options, request);
        // Last, because it closes the root for the mount points made above.
        Add(options, "--remount-ro", "/");
        AddEnvironment(options, request);
        Add(options, "--chdir", request.Cwd);
        var text = new StringBuilder();
        foreach (var option in options)
            text.Append(option).Append('\0');
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void AddIsolation(List<string> options, SandboxRequest request)
    {
        Add(options, "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try");
        if (!request.HostNetwork)
            Add(options, "--unshare-net");
        Add(options, "--uid", Text(InnerUser), "--gid", Text(InnerUser), "--cap-drop", "ALL");
        Add(options, "--die-with-parent", "--new-session");
        Add(options, "--seccomp", Text(SeccompDescriptor), "--json-status-fd", Text(StatusDescriptor), "--block-fd", Text(GateDescriptor));
    }

    private static void AddFiles(List<string> options, SandboxRequest request, string configuration)
    {
        HostView.AddTo(options, configuration, request.HostNetwork);
        Add(options, "--proc", "/proc", "--dev", "/dev");
        Add(options, "--size", Text(request.Profile.Limits.TemporaryBytes), "--tmpfs", "/tmp");
        Add(options, "--dir", "/run", "--symlink", "/run", "/var/run", "--symlink", "/tmp", "/var/tmp");
        Add(options, "--bind", request.WorkFolder, "/work");
        foreach (var path in request.Writable)
            Add(options, "--bind", path, path);
    }

    private static void AddCredentials(List<string> options, SandboxRequest request)
    {
        for (var i = 0; i < request.Credentials.Length; i++)
            Add(options, "--perms", "0400", "--file", Text(FirstCredentialDescriptor + i), $"{CredentialFolder}/{request.Credentials[i].Id}");
    }

    private static void AddEnvironment(List<string> options, SandboxRequest request)
    {
        Add(options, "--clearenv");
        Add(options, "--setenv", "PATH", Path, "--setenv", "HOME", "/work", "--setenv", "LANG", "C.UTF-8", "--setenv", "TERM", "dumb");
        foreach (var (name, value) in request.Environment)
            Add(options, "--setenv", name, value);
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static void Add(List<string> options, params ReadOnlySpan<string> values) => options.AddRange(values);
}
