namespace Cavra.Actors.Commands;

/// <summary>One word of a command after quoting is taken off.</summary>
/// <param name="Text">The literal text; for a dynamic word only the literal pieces of it.</param>
/// <param name="Dynamic">Whether part of it is known only when it runs (variable, substitution, pattern).</param>
/// <param name="Splits">Whether it may become several words or none (an unquoted expansion).</param>
internal readonly record struct ShellWord(string Text, bool Dynamic = false, bool Splits = false);

/// <summary>A simple command found in a script.</summary>
/// <param name="Assignments">Names assigned in front of it.</param>
/// <param name="Words">Program and arguments; may be empty for a bare assignment.</param>
/// <param name="Writes">Files that it is redirected to.</param>
internal sealed record ScriptCommand(IReadOnlyList<string> Assignments, IReadOnlyList<ShellWord> Words, IReadOnlyList<ShellWord> Writes);

/// <summary>Where in a script a template stands.</summary>
internal enum ScriptContext
{
    /// <summary>Anywhere but the next two: single quotes, comments, here-documents, arithmetic, backquotes, parameter expansions.</summary>
    Other,

    /// <summary>Outside quotes, where a word may stand.</summary>
    Plain,

    /// <summary>Inside double quotes.</summary>
    DoubleQuoted,
}

/// <summary>A script taken apart.</summary>
/// <param name="Commands">Every simple command, nested ones included.</param>
/// <param name="Functions">Functions that the script defines itself.</param>
/// <param name="Error">Why it could not be taken apart completely, or null. Whoever reads the rest must then fail closed.</param>
internal sealed record ParsedScript(IReadOnlyList<ScriptCommand> Commands, IReadOnlySet<string> Functions, string? Error);
