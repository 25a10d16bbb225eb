using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;

namespace Cavra.Actors.WorkerAgent.Sandbox.Native;

/// <summary>
/// One thread that starts all children and lives as long as the process. Linux sends the parent-death signal when the *thread*
/// that started a child ends, so a child started from a pool thread would be killed when the pool shrinks.
/// </summary>
internal sealed class Spawner : IDisposable
{
    // As many starts as could ever wait at once: the agent holds at most max_concurrency (<= 256) steps.
    private const int Capacity = 1024;
    private readonly BlockingCollection<Action> _work = new(Capacity);

    private Spawner()
    {
        var thread = new Thread(Run) { IsBackground = true, Name = "cavra-spawner" };
        thread.Start();
    }

    /// <summary>The spawner of this process. Never disposed: its end would kill every sandbox.</summary>
    internal static Spawner Shared { get; } = new();

    internal Task<int> Start(
        string path, IReadOnlyList<string> argv, IReadOnlyList<string> environment, IReadOnlyList<SafeFileHandle> descriptors)
    {
        var result = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                result.SetResult(SpawnCall.Start(path, argv, environment, descriptors));
            }
            catch (Exception error)
            {
                result.SetException(error);
            }
        });
        return result.Task;
    }

    public void Dispose() => _work.Dispose();

    private void Run()
    {
        foreach (var start in _work.GetConsumingEnumerable())
            start();
    }
}
