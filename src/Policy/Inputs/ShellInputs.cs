using System.Collections.Immutable;
using System.Text;
using Cavra.Actors.Commands;

namespace Cavra.Actors.Inputs;

/// <summary>
/// How inputs reach a script of a <c>shell: true</c> step. Values are never spliced into the text: a prologue in front of the script sets one variable per
/// input to a single-quoted constant, and each template becomes a quoted reference to it. A wrong guess about quoting can so give wrong words, never a command.
/// Templates are refused where a reference would not stay one word of data: single quotes, comments, here-documents, arithmetic, backquotes,
/// and scripts that hand text to another interpreter.
/// </summary>
internal static class ShellInputs
{
    private static readonly HashSet<string> Reparsers = new(StringComparer.Ordinal) { "eval", "trap", "alias", "source", "." };

    private static readonly HashSet<string> Interpreters = new(StringComparer.Ordinal)
    {
        "sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "busybox", "ssh", "su", "awk", "gawk", "mawk", "perl", "python", "python3", "ruby", "node", "php", "lua", "expect",
    };

    /// <summary>Why the script's templates cannot be filled safely, or null.</summary>
    public static string? Problem(string script)
    {
        if (script.Contains(ShellScript.ReservedPrefix, StringComparison.Ordinal))
            return $"names that start with {ShellScript.ReservedPrefix} are reserved";
        var inputs = InputTemplate.Parse(script).OfType<TemplatePart.Input>().ToList();
        if (inputs.Count == 0)
            return null;
        var contexts = ShellScript.Contexts(script, inputs.Select(i => i.Index));
        var bad = inputs.FirstOrDefault(i => contexts[i.Index] == ScriptContext.Other);
        if (bad is not null)
            return $"{{{{inputs.{bad.Name}}}}} stands where it cannot be kept one word of data; put it outside quotes or inside double quotes";
        var reader = ShellScript.Parse(Reference(script)).Commands.SelectMany(c => c.Words).FirstOrDefault(w => IsInterpreter(w.Text));
        return reader.Text is null ? null : $"a script with inputs may not use {reader.Text}, which would read the value as code";
    }

    /// <summary>The script with its prologue and references. <paramref name="values"/> holds every declared input.</summary>
    public static string Fill(string script, IReadOnlyDictionary<string, string> values)
    {
        var used = InputTemplate.Parse(script).OfType<TemplatePart.Input>().Select(i => i.Name).Distinct(StringComparer.Ordinal).ToImmutableArray();
        if (used.IsEmpty)
            return script;
        var prologue = new StringBuilder();
        foreach (var name in used)
            prologue.Append(ShellScript.ReservedPrefix).Append(name).Append("='").Append(values[name].Replace("'", "'\\''", StringComparison.Ordinal)).Append("'\n");
        return prologue + Reference(script);
    }

    private static string Reference(string script)
    {
        var inputs = InputTemplate.Parse(script).OfType<TemplatePart.Input>().Select(i => i.Index);
        var contexts = ShellScript.Contexts(script, inputs);
        var text = new StringBuilder();
        foreach (var part in InputTemplate.Parse(script))
        {
            text.Append(part switch
            {
                TemplatePart.Literal literal => literal.Text,
                TemplatePart.Input input when contexts[input.Index] == ScriptContext.DoubleQuoted => $"${{{ShellScript.ReservedPrefix}{input.Name}}}",
                TemplatePart.Input input => $"\"${{{ShellScript.ReservedPrefix}{input.Name}}}\"",
                TemplatePart.Unknown unknown => unknown.Text,
                _ => "",
            });
        }

        return text.ToString();
    }

    private static bool IsInterpreter(string word) => Reparsers.Contains(word) || Interpreters.Contains(word[(word.LastIndexOf('/') + 1)..]);
}
