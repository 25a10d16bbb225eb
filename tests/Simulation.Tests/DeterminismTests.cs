namespace Cavra.Actors.Simulation;

public class DeterminismTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(65)]
    [InlineData(2221)]
    public void SameSeed_SameTraceToTheByte(int seed)
    {
        var first = SimulatedCluster.Run(seed);
        var second = SimulatedCluster.Run(seed);

        second.Timeline.ShouldBe(first.Timeline);
        second.Digest.ShouldBe(first.Digest);
        second.Steps.ShouldBe(first.Steps);
    }

    [Fact]
    public void AnotherSeed_AnotherTrace() => SimulatedCluster.Run(1).Digest.ShouldNotBe(SimulatedCluster.Run(2).Digest);
}
