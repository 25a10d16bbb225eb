using Cavra.Actors.Commands;
using Cavra.Actors.Runbooks.Schema;

namespace Cavra.Actors.Policy;

/// <summary>Every field of <c>policies/data.yaml</c>.</summary>
internal static class PolicyShapes
{
    private static readonly Shape Profiles = new ListShape("Where it holds; everywhere when absent.",
        new ChoiceShape("A profile.", "prod-critical", "prod-standard", "staging-standard", "dev-flex"), 1, 4, Unique: true);

    private static readonly Shape Words = new ListShape("Words.", new WordShape("A word.", 256), 1, 500);

    private static readonly Shape Allow = new MapShape("An entry of the allow-list.",
        new FieldShape("programs", Words, true),
        new FieldShape("subcommands", Words),
        new FieldShape("step_shell", new BooleanShape("Only as the shell of a shell: true step.")),
        new FieldShape("profiles", Profiles));

    private static readonly Shape Rule = new MapShape("A rule.",
        new FieldShape("id", new TextShape("Stable id.", 128, "^[a-z0-9][a-z0-9.-]*$", "lower-case letters, digits, dots and dashes"), true),
        new FieldShape("effect", new ChoiceShape("What it does.", "deny", "two_keys", "approval"), true),
        new FieldShape("reason", new TextShape("Plain words for the operator.", 300), true),
        new FieldShape("profiles", Profiles),
        new FieldShape("programs", Words),
        new FieldShape("arguments", Words),
        new FieldShape("argument_prefixes", Words),
        new FieldShape("options", Words),
        new FieldShape("sql", new ListShape("Kinds of statement.", new ChoiceShape("A kind.", [.. SqlStatements.All.Order(StringComparer.Ordinal)]), 1, 20)),
        new FieldShape("opaque", new ListShape("Kinds of opaque command.", new ChoiceShape("A kind.", [.. OpaqueKinds.All.Order(StringComparer.Ordinal)]), 1, 20)));

    public static readonly MapShape Data = new("Command scopes and rules.",
        new FieldShape("version", new IntegerShape("Version of this format.", 1, 1), true),
        new FieldShape("trusted_folders", Words, true),
        new FieldShape("shell_builtins", Words, true),
        new FieldShape("denied_hosts", Words),
        new FieldShape("allow", new ListShape("The allow-list.", Allow, 0, 500), true),
        new FieldShape("rules", new ListShape("The rules.", Rule, 0, 500), true));
}
