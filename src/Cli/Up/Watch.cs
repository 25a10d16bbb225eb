using System.Globalization;
using Cavra.Actors.Cli.Terminal;

namespace Cavra.Actors.Cli.Up;

/// <summary>Keeps one program running: when it dies it is started again after 1 s, 2 s, ... 10 s.</summary>
internal sealed class Watch(CliContext context, Func<ChildProgram> program, Action changed) : IDisposable
{
    private const int LongestWaitSeconds = 10;

    // A program that ran this long is well again: the next wait is short.
    private static readonly TimeSpan Healthy = TimeSpan.FromMinutes(1);
    private long _startedAt;

    internal Child Current { get; private set; } = null!;

    /// <summary>Ends when the supervision is told to stop.</summary>
    internal Task Loop { get; private set; } = Task.CompletedTask;

    internal void Start()
    {
        _startedAt = context.Time.GetTimestamp();
        Current = Child.Start(program());
        changed();
    }

    internal void Supervise(CancellationToken stop) => Loop = SuperviseAsync(stop);

    internal async Task StopAsync(TimeSpan patience, CancellationToken now)
    {
        try
        {
            await Loop;
        }
        catch (OperationCanceledException)
        {
            // That is how it ends.
        }
        if (!await Current.StopAsync(patience, now)) Say($"{Current.Program.Name} did not end by itself and was killed");
    }

    public void Dispose() => Current?.Dispose();

    private async Task SuperviseAsync(CancellationToken stop)
    {
        var failures = 0;
        while (true)
        {
            await Current.ExitAsync(stop);
            if (context.Time.GetElapsedTime(_startedAt) > Healthy) failures = 0;
            var wait = TimeSpan.FromSeconds(Math.Min(++failures, LongestWaitSeconds));
            Say(string.Create(CultureInfo.InvariantCulture, $"{Current.Program.Name} (process {Current.Id}) ended with code {Current.ExitCode}; starting it again in {wait.TotalSeconds:0} s"));
            foreach (var line in Current.ExitCode == 137 ? [] : Current.LastWords(4)) Say("  " + line);
            await context.Delay(wait, stop);
            Current.Dispose();
            Start();
            Say(string.Create(CultureInfo.InvariantCulture, $"{Current.Program.Name} runs again (process {Current.Id})"));
        }
    }

    private void Say(string text) => context.Out.WriteLine("cavra: " + SafeText.Line(text));
}
