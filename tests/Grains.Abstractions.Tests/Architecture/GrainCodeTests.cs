using Cavra.Actors.Workers;

namespace Cavra.Actors.Grains.Abstractions.Architecture;

/// <summary>What keeps one grain code honest on two runtimes (ARCHITECTURE section 1).</summary>
public class GrainCodeTests
{
    private static readonly IReadOnlyList<string> GrainCode = [.. SourceTree.Files("src/Grains"), .. SourceTree.Files("src/Grains.Abstractions")];

    [Fact]
    public void GrainCode_NamesNoRuntime() => SourceTree.Mentions(GrainCode, "using Orleans", "using Cavra.Actors.Embedded", "#if", "#elif").ShouldBeEmpty();

    [Fact]
    public void GrainCode_NeverLeavesItsScheduler() =>
        SourceTree.Mentions(GrainCode, "ConfigureAwait(false)", "Task.Run(", "Task.Factory.StartNew", "new Thread(", "ThreadPool.", ".Result;", ".Wait()", "GetAwaiter().GetResult()").ShouldBeEmpty();

    [Fact]
    public void GrainCode_TakesTimeAndChanceThroughTheDoor() =>
        SourceTree.Mentions(
            GrainCode, "DateTime.Now", "DateTime.UtcNow", "DateTimeOffset.Now", "DateTimeOffset.UtcNow", "TimeProvider.System", "Guid.NewGuid", "Random.Shared", "new Random(",
            "Environment.TickCount", "Stopwatch.", "Task.Delay(", "Thread.Sleep(").ShouldBeEmpty();

    [Fact]
    public void EveryBoundaryType_WouldCrossUnderOrleansToo() => BoundaryTypes.Check(typeof(IAgentWorker).Assembly).ShouldBeEmpty();
}
