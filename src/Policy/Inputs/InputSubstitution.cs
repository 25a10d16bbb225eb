using System.Collections.Immutable;
using System.Text;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Inputs;

/// <summary>Puts input values in place of templates. An argument vector keeps its number of elements; a script keeps its text (see <c>ShellInputs</c>).</summary>
public static class InputSubstitution
{
    /// <summary>The command with values in place.</summary>
    public static StepCommand Fill(StepCommand command, IReadOnlyDictionary<string, string> values) => command.Shell
        ? command with { Argv = [ShellInputs.Fill(command.Argv[0], values)] }
        : command with { Argv = Fill(command.Argv, values) };

    /// <summary>Every text with values in place; as many as before.</summary>
    public static ImmutableArray<string> Fill(ImmutableArray<string> texts, IReadOnlyDictionary<string, string> values) =>
        texts.Any(InputTemplate.HasTemplate) ? [.. texts.Select(t => Fill(t, values))] : texts;

    /// <summary>One text with values in place. Values are not looked at again: a value that holds a template stays as it is.</summary>
    public static string Fill(string text, IReadOnlyDictionary<string, string> values)
    {
        if (!InputTemplate.HasTemplate(text))
            return text;
        var filled = new StringBuilder();
        foreach (var part in InputTemplate.Parse(text))
        {
            filled.Append(part switch
            {
                TemplatePart.Literal literal => literal.Text,
                TemplatePart.Input input => values[input.Name],
                TemplatePart.Unknown unknown => unknown.Text,
                _ => "",
            });
        }

        return filled.ToString();
    }
}
