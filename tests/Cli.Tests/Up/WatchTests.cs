using Cavra.Actors.Cli.Tests.StandIn;
using Cavra.Actors.Cli.Up;

namespace Cavra.Actors.Cli.Tests.Up;

public sealed class WatchTests
{
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Program_ThatDies_IsStartedAgain_AfterLongerAndLongerWaits_AndSaidSo()
    {
        using var cli = new CliRun();
        using var stop = new CancellationTokenSource();
        var starts = 0;
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watch = new Watch(cli.Context(), () => Program(cli, "echo out of luck >&2; exit 3"), () =>
        {
            if (++starts == 13) enough.TrySetResult();
        });

        watch.Start();
        watch.Supervise(stop.Token);
        await enough.Task.WaitAsync(Generous);
        await stop.CancelAsync();
        await watch.StopAsync(Generous, CancellationToken.None);

        cli.Waits.Take(12).Select(w => (int)w.TotalSeconds).ShouldBe([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10]);
        cli.Out.ShouldContain("ended with code 3; starting it again in 1 s");
        cli.Out.ShouldContain("  out of luck");
        cli.Out.ShouldContain("sample runs again");
    }

    [Fact]
    public async Task Program_ThatIgnoresTheRequestToEnd_IsKilled()
    {
        using var cli = new CliRun();
        var ready = Path.Combine(cli.Folder, "ready");
        using var watch = new Watch(cli.Context(), () => Program(cli, $"trap '' TERM; : > '{ready}'; while :; do sleep 1; done"), () => { });
        watch.Start();
        await FileAsync(ready);

        await watch.StopAsync(TimeSpan.FromMilliseconds(200), CancellationToken.None).WaitAsync(Generous);

        watch.Current.HasExited.ShouldBeTrue();
        cli.Out.ShouldContain("did not end by itself and was killed");
    }

    [Fact]
    public async Task Program_AskedToEnd_EndsByItself()
    {
        using var cli = new CliRun();
        var ready = Path.Combine(cli.Folder, "ready");
        using var watch = new Watch(cli.Context(), () => Program(cli, $"trap 'exit 0' TERM; : > '{ready}'; while :; do sleep 0.05; done"), () => { });
        watch.Start();
        await FileAsync(ready);

        await watch.StopAsync(Generous, CancellationToken.None).WaitAsync(Generous);

        watch.Current.ExitCode.ShouldBe(0);
        cli.Out.ShouldBeEmpty();
    }

    private static ChildProgram Program(CliRun cli, string script) => new("sample", ["/bin/sh", "-c", script], Path.Combine(cli.Folder, "sample.err"));

    // The program says that its trap is set by making a file; the folder's watcher says that it is there.
    private static async Task FileAsync(string path)
    {
        var made = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(path)!, Path.GetFileName(path));
        watcher.Created += (_, _) => made.TrySetResult();
        watcher.EnableRaisingEvents = true;
        if (File.Exists(path)) made.TrySetResult();
        await made.Task.WaitAsync(Generous);
    }
}
