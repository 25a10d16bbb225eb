using System.Collections.Immutable;
using Cavra.Actors.Runbooks.Reading;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Policy;

/// <summary>Makes policy data from checked raw nodes.</summary>
internal static class PolicyDataBinder
{
    public static PolicyData Bind(RawMap root, ProblemList problems, string revision)
    {
        var read = new RawReader(root);
        return PolicyData.Make(revision, read.Texts("trusted_folders"), read.Texts("shell_builtins"), read.Texts("denied_hosts"),
            [.. read.List("allow").OfType<RawMap>().Select(Allow)], Rules(read, problems));
    }

    private static AllowEntry Allow(RawMap map)
    {
        var read = new RawReader(map);
        return new AllowEntry(read.Texts("programs"), read.Texts("subcommands"), read.Bool("step_shell"), Profiles(read));
    }

    private static ImmutableArray<CommandRule> Rules(RawReader read, ProblemList problems)
    {
        var rules = ImmutableArray.CreateBuilder<CommandRule>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (map, i) in read.List("rules").OfType<RawMap>().Select((m, i) => (m, i)))
        {
            var rule = Rule(new RawReader(map));
            rules.Add(rule);
            if (!ids.Add(rule.Id))
                problems.Add(map.Mark, $"rules[{i}].id", $"The rule {rule.Id} is given twice.");
            if (rule.Programs.IsEmpty && rule.Sql.IsEmpty && rule.Opaque.IsEmpty)
                problems.Add(map.Mark, $"rules[{i}]", "A rule needs programs, sql or opaque; otherwise it would match everything or nothing.");
        }

        return rules.ToImmutable();
    }

    private static CommandRule Rule(RawReader read) => new()
    {
        Id = read.Text("id")!,
        Effect = read.Text("effect") switch { "deny" => RuleEffect.Deny, "two_keys" => RuleEffect.TwoKeys, _ => RuleEffect.Approval },
        Reason = read.Text("reason")!,
        Profiles = Profiles(read),
        Programs = read.Texts("programs"),
        Arguments = read.Texts("arguments"),
        ArgumentPrefixes = read.Texts("argument_prefixes"),
        Options = read.Texts("options"),
        Sql = read.Texts("sql"),
        Opaque = read.Texts("opaque"),
    };

    private static ImmutableArray<EnvironmentProfile> Profiles(RawReader read) => [.. read.Texts("profiles").Select(n => EnvironmentProfiles.Find(n)!.Profile)];
}
