namespace Cavra.Actors.Cli.Terminal;

/// <summary>How many columns there are to write in.</summary>
internal static class TerminalWidth
{
    // Wide enough that a table in a file or a pipe is not folded.
    private const int NoTerminal = 200;

    internal static int Current()
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
}
