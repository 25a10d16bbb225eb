namespace Cavra.Actors.Commands;

/// <summary>What the readers of one script and of the scripts nested in it collect together.</summary>
internal sealed class ScriptState
{
    /// <summary>Most simple commands in one script.</summary>
    public const int MaxCommands = 2_000;

    /// <summary>Deepest nesting of substitutions and subshells.</summary>
    public const int MaxDepth = 32;

    public List<ScriptCommand> Commands { get; } = [];

    public HashSet<string> Functions { get; } = new(StringComparer.Ordinal);

    /// <summary>Values of reserved variables that the script's prologue sets (see <c>ShellInputs</c>).</summary>
    public Dictionary<string, string> Known { get; } = new(StringComparer.Ordinal);

    /// <summary>Contexts asked for, by position in the outermost text.</summary>
    public Dictionary<int, ScriptContext> Contexts { get; } = [];

    public int Depth { get; set; }
}

/// <summary>Ends the reading of a script that is malformed or uses what we do not read; never leaves this folder.</summary>
internal sealed class ScriptException(string message) : Exception(message);
