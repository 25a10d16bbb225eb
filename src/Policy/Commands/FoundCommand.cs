namespace Cavra.Actors.Commands;

/// <summary>Where a command was found.</summary>
internal enum CommandOrigin
{
    /// <summary>It is the step's own argument vector, or wrapped in it (<c>timeout 5 cmd</c>).</summary>
    Argv,

    /// <summary>It is the shell that a <c>shell: true</c> step names.</summary>
    StepShell,

    /// <summary>It stands in a script.</summary>
    Script,
}

/// <summary>One program that a step may start, as far as can be told without running it.</summary>
internal sealed record FoundCommand
{
    /// <summary>The name without folders, which rules match.</summary>
    public required string Program { get; init; }

    /// <summary>The name as written.</summary>
    public required string Path { get; init; }

    /// <summary>Arguments.</summary>
    public required IReadOnlyList<ShellWord> Arguments { get; init; }

    /// <summary>Where it was found.</summary>
    public required CommandOrigin Origin { get; init; }

    /// <summary>Kinds of SQL statement in its arguments (<see cref="SqlStatements"/>).</summary>
    public IReadOnlySet<string> Sql { get; init; } = EmptySql;

    private static readonly HashSet<string> EmptySql = [];
}

/// <summary>Why a command cannot be judged by its words. The names stand in <c>policies/data.yaml</c>.</summary>
internal static class OpaqueKinds
{
    /// <summary>The program's name is computed.</summary>
    public const string DynamicProgram = "dynamic-program";

    /// <summary>Text is run as a script that cannot be read here (eval, a shell fed by a pipe, a sourced file).</summary>
    public const string HiddenScript = "hidden-script";

    /// <summary>The script could not be taken apart.</summary>
    public const string Unreadable = "unreadable-script";

    /// <summary>A variable that changes which programs run is set (PATH, LD_PRELOAD, IFS, ...).</summary>
    public const string Environment = "environment-override";

    /// <summary>A program's name holds characters outside printable ASCII.</summary>
    public const string LookAlike = "look-alike-name";

    /// <summary>SQL comes from a file or a pipe.</summary>
    public const string HiddenSql = "hidden-sql";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlySet<string> All = new HashSet<string>(StringComparer.Ordinal) { DynamicProgram, HiddenScript, Unreadable, Environment, LookAlike, HiddenSql };
}

/// <summary>Everything a step may start.</summary>
/// <param name="Commands">The programs, wrappers included.</param>
/// <param name="Opaque">What could not be judged: kind and a few words of detail.</param>
/// <param name="Functions">Functions defined by the step's own scripts; their bodies are among the commands.</param>
internal sealed record CommandFacts(IReadOnlyList<FoundCommand> Commands, IReadOnlyList<(string Kind, string Detail)> Opaque, IReadOnlySet<string> Functions);
