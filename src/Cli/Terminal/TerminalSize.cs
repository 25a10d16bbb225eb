namespace Cavra.Actors.Cli.Terminal;

/// <summary>How much room there is to write in.</summary>
internal static class TerminalSize
{
    // Wide enough that a table in a file or a pipe is not folded.
    private const int NoTerminal = 200;

    /// <summary>Columns.</summary>
    internal static int Width()
    {
        if (Console.IsOutputRedirected) return NoTerminal;
        try
        {
            return Console.WindowWidth > 20 ? Console.WindowWidth : 80;
        }
        catch (IOException)
        {
            return 80;
        }
    }

    /// <summary>Lines; 0 when that cannot be known.</summary>
    internal static int Height()
    {
        try
        {
            return Console.IsOutputRedirected ? 0 : Console.WindowHeight;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
