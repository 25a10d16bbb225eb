using Cavra.Actors.Cli.Terminal;

namespace Cavra.Actors.Cli;

/// <summary>What a command sees of the world; tests give their own.</summary>
internal sealed record CliContext
{
    /// <summary>Results.</summary>
    internal required TextWriter Out { get; init; }

    /// <summary>Errors and remarks.</summary>
    internal required TextWriter Error { get; init; }

    /// <summary>Text given to the program.</summary>
    internal required TextReader In { get; init; }

    /// <summary>Whether results go to a person's terminal: colours, live display, and control characters shown escaped.</summary>
    internal bool IsTerminal { get; init; }

    /// <summary>Whether a person can be asked.</summary>
    internal bool CanAsk { get; init; }

    /// <summary>Columns of the terminal.</summary>
    internal int Width { get; init; } = 160;

    /// <summary>Lines of the terminal.</summary>
    internal int Height { get; init; } = 50;

    /// <summary>Reads an environment variable; null when it is unset or empty.</summary>
    internal required Func<string, string?> Variable { get; init; }

    /// <summary>The folder in which the program was started.</summary>
    internal required string CurrentDirectory { get; init; }

    /// <summary>The clock.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Waits between two tries.</summary>
    internal Func<TimeSpan, CancellationToken, Task> Delay { get; init; } = Task.Delay;

    /// <summary>Ends when the person presses Ctrl-C or the program is told to stop.</summary>
    internal CancellationToken Stop { get; init; }

    internal static CliContext OfThisProcess() => new()
    {
        Out = Console.Out,
        Error = Console.Error,
        In = Console.In,
        IsTerminal = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb"),
        CanAsk = !Console.IsInputRedirected,
        Width = TerminalSize.Width(),
        Height = TerminalSize.Height(),
        Variable = name => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null,
        CurrentDirectory = Environment.CurrentDirectory,
        Stop = StopSignals.Register(),
    };
}
