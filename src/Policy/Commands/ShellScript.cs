namespace Cavra.Actors.Commands;

/// <summary>
/// Takes a POSIX shell script apart into simple commands without running anything. It need not know what a script computes, only which programs
/// it may start; what it cannot tell is marked dynamic or reported, and policy fails closed on both.
/// </summary>
internal static class ShellScript
{
    /// <summary>Variables of this prefix are ours: a prologue gives them their value and nothing else may.</summary>
    public const string ReservedPrefix = "cavra_input_";

    public static ParsedScript Parse(string script)
    {
        var state = new ScriptState();
        var error = Read(script, state);
        return new ParsedScript(state.Commands, state.Functions, error);
    }

    /// <summary>The contexts of the given positions; <see cref="ScriptContext.Other"/> for all when the script cannot be read.</summary>
    public static IReadOnlyDictionary<int, ScriptContext> Contexts(string script, IEnumerable<int> positions)
    {
        var state = new ScriptState();
        foreach (var position in positions)
            state.Contexts[position] = ScriptContext.Other;
        var keys = state.Contexts.Keys.ToList();
        return Read(script, state) is null ? state.Contexts : keys.ToDictionary(k => k, _ => ScriptContext.Other);
    }

    private static string? Read(string script, ScriptState state)
    {
        try
        {
            new ScriptReader(script, state, outermost: true).ReadAll();
            return null;
        }
        catch (ScriptException error)
        {
            return error.Message;
        }
    }
}
