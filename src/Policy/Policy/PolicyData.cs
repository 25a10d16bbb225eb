using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Runbooks.Reading;
using Cavra.Actors.Runbooks.Schema;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Policy;

/// <summary>What a rule does to the steps that it matches.</summary>
internal enum RuleEffect
{
    /// <summary>The step may not run.</summary>
    Deny,

    /// <summary>Two people must agree (spec 4.2).</summary>
    TwoKeys,

    /// <summary>One person must agree.</summary>
    Approval,
}

/// <summary>An entry of the allow-list.</summary>
internal sealed record AllowEntry(ImmutableArray<string> Programs, ImmutableArray<string> Subcommands, bool StepShell, ImmutableArray<EnvironmentProfile> Profiles);

/// <summary>A rule on commands. Empty conditions do not restrict; the others must all hold.</summary>
internal sealed record CommandRule
{
    public required string Id { get; init; }

    public required RuleEffect Effect { get; init; }

    public required string Reason { get; init; }

    public ImmutableArray<EnvironmentProfile> Profiles { get; init; } = [];

    public ImmutableArray<string> Programs { get; init; } = [];

    public ImmutableArray<string> Arguments { get; init; } = [];

    public ImmutableArray<string> ArgumentPrefixes { get; init; } = [];

    public ImmutableArray<string> Options { get; init; } = [];

    public ImmutableArray<string> Sql { get; init; } = [];

    public ImmutableArray<string> Opaque { get; init; } = [];
}

/// <summary>
/// The content of <c>policies/data.yaml</c>: command scopes and rules. Immutable; <see cref="Revision"/> is the digest of the text, so that a decision names exactly the
/// data that made it.
/// </summary>
public sealed class PolicyData
{
    private PolicyData(string revision) => Revision = revision;

    /// <summary>SHA-256 of the text, lower-case hex.</summary>
    public string Revision { get; }

    internal ImmutableArray<string> TrustedFolders { get; private init; } = [];

    internal FrozenSet<string> ShellBuiltins { get; private init; } = FrozenSet<string>.Empty;

    internal FrozenSet<string> DeniedHosts { get; private init; } = FrozenSet<string>.Empty;

    internal ImmutableArray<AllowEntry> Allow { get; private init; } = [];

    internal ImmutableArray<CommandRule> Rules { get; private init; } = [];

    /// <summary>The data shipped with this build.</summary>
    public static PolicyData Default { get; } = LoadDefault();

    /// <summary>Reads the data; null with the problems when anything in it is wrong (line and column each).</summary>
    public static PolicyData? Load(string text, out IReadOnlyList<RunbookProblem> problems)
    {
        var list = new ProblemList();
        var root = Encoding.UTF8.GetByteCount(text) > TreeLimits.Bytes ? TooLarge(list) : YamlTree.Read(text, list);
        if (root is not null)
            new ShapeChecker(list).Check(root, PolicyShapes.Data, "");
        var data = !list.Any && root is RawMap map ? PolicyDataBinder.Bind(map, list, Digest(text)) : null;
        problems = list.Any ? list.ToList() : [];
        return list.Any ? null : data;
    }

    internal static PolicyData Make(
        string revision, ImmutableArray<string> folders, IEnumerable<string> builtins, IEnumerable<string> hosts, ImmutableArray<AllowEntry> allow,
        ImmutableArray<CommandRule> rules) =>
        new(revision)
        {
            TrustedFolders = folders,
            ShellBuiltins = builtins.ToFrozenSet(StringComparer.Ordinal),
            DeniedHosts = hosts.ToFrozenSet(StringComparer.OrdinalIgnoreCase),
            Allow = allow,
            Rules = rules,
        };

    private static RawNode? TooLarge(ProblemList problems)
    {
        problems.Add(Mark.Start, "", $"The file is larger than {TreeLimits.Bytes} bytes.");
        return null;
    }

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static PolicyData LoadDefault()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("policies/data.yaml")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return Load(reader.ReadToEnd(), out var problems) ?? throw new InvalidOperationException("The built-in policy data is broken: " + string.Join("; ", problems));
    }
}
