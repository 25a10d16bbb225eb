using Cavra.Actors.Commands;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Policy;

/// <summary>Whether rules and allow-list entries fit a found command. What may be an option when it runs counts as one.</summary>
internal static class RuleMatching
{
    /// <summary>The words that make the rule fit, for its reason; null when it does not fit.</summary>
    public static string? Match(CommandRule rule, EnvironmentProfile profile, CommandFacts facts)
    {
        if (!rule.Profiles.IsEmpty && !rule.Profiles.Contains(profile))
            return null;
        if (!rule.Opaque.IsEmpty)
            return facts.Opaque.FirstOrDefault(o => rule.Opaque.Contains(o.Kind)) is { Kind: not null } hidden ? hidden.Detail : null;
        return facts.Commands.FirstOrDefault(c => Fits(rule, c))?.Program;
    }

    public static bool Allows(PolicyData data, AllowEntry entry, EnvironmentProfile profile, FoundCommand command) =>
        (entry.Profiles.IsEmpty || entry.Profiles.Contains(profile))
        && entry.Programs.Contains(command.Program)
        && (!entry.StepShell || command.Origin == CommandOrigin.StepShell)
        && IsTrusted(data, command.Path)
        && (entry.Subcommands.IsEmpty || (Subcommand(command) is { Dynamic: false } word && entry.Subcommands.Contains(word.Text)));

    /// <summary>A bare name is found by the worker's fixed path; a path must lie directly in a trusted folder.</summary>
    private static bool IsTrusted(PolicyData data, string path)
    {
        var slash = path.LastIndexOf('/');
        return slash < 0 || data.TrustedFolders.Any(f => FolderFits(f, path[..slash]));
    }

    private static bool FolderFits(string pattern, string folder)
    {
        if (!pattern.Contains('*', StringComparison.Ordinal))
            return pattern == folder;
        var (want, have) = (pattern.Split('/'), folder.Split('/'));
        return want.Length == have.Length && want.Zip(have).All(p => p.First == p.Second || (p.First == "*" && p.Second is not ("" or "." or "..")));
    }

    /// <summary>A word that may become other words could be any argument: enough to ask for two keys, not enough to deny.</summary>
    private static bool Fits(CommandRule rule, FoundCommand command) =>
        (rule.Programs.IsEmpty || rule.Programs.Any(p => ProgramFits(p, command.Program)))
        && (rule.Arguments.IsEmpty || command.Arguments.Any(a => (a.Splits && rule.Effect != RuleEffect.Deny) || (!a.Dynamic && rule.Arguments.Contains(a.Text))))
        && (rule.ArgumentPrefixes.IsEmpty || command.Arguments.Any(a => rule.ArgumentPrefixes.Any(p => a.Text.StartsWith(p, StringComparison.Ordinal))))
        && (rule.Options.IsEmpty || HasOption(rule, command))
        && (rule.Sql.IsEmpty || rule.Sql.Any(command.Sql.Contains));

    private static bool ProgramFits(string pattern, string program) =>
        pattern.EndsWith('*') ? program.StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal) : program == pattern;

    /// <summary>One letter fits inside a cluster (<c>-rf</c>); a long name fits every abbreviation that the program would take.</summary>
    private static bool HasOption(CommandRule rule, FoundCommand command)
    {
        foreach (var word in command.Arguments)
        {
            if (word.Splits && rule.Effect != RuleEffect.Deny)
                return true;
            var text = word.Text;
            if (text == "--" && !word.Dynamic)
                return false;
            if (text.Length < 2 || text[0] != '-')
                continue;
            if (word.Dynamic)
                return true;
            if (rule.Options.Any(option => IsOption(text, option)))
                return true;
        }

        return false;
    }

    private static bool IsOption(string word, string option)
    {
        var name = word.TrimStart('-').Split('=')[0];
        if (word.StartsWith("--", StringComparison.Ordinal))
            return option.Length > 1 && name.Length > 0 && option.StartsWith(name, StringComparison.Ordinal);
        return option.Length == 1 ? name.Contains(option[0], StringComparison.Ordinal) : name == option;
    }

    private static ShellWord? Subcommand(FoundCommand command)
    {
        foreach (var word in command.Arguments)
        {
            if (word.Dynamic || !word.Text.StartsWith('-'))
                return word;
        }

        return null;
    }
}
