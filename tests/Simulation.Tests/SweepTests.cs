using Xunit.Abstractions;

namespace Cavra.Actors.Simulation;

public class SweepTests(ITestOutputHelper output)
{
    /// <summary>Always the same ones: which situations they reach does not hang on the machine. About 10 s on two cores.</summary>
    private const int Seeds = 1000;

    [Fact]
    public void ThousandSeeds_EveryRuleHolds_AndEverySituationIsReached()
    {
        var sweep = new SeedSweep(Faults.All, Environment.ProcessorCount);
        sweep.Run(1, Seeds, null);

        using var text = new StringWriter();
        SweepReport.Summary(text, sweep);
        foreach (var failed in sweep.Failures.Take(3)) SweepReport.Failure(text, failed);
        output.WriteLine(text.ToString());
        sweep.Failed.ShouldBe(0, text.ToString());
        sweep.Situations.Missing().ShouldBeEmpty(text.ToString());
    }

    [Fact]
    public void NothingGoesWrong_EverySessionEnds_AndNothingIsLost()
    {
        var sweep = new SeedSweep(Faults.None, 1);
        sweep.Run(1, 20, null);

        sweep.Failures.ShouldBeEmpty();
        sweep.Situations.Counts.ContainsKey(Situation.WorkerLostInStep).ShouldBeFalse();
        sweep.Situations.Counts.ContainsKey(Situation.Conflict).ShouldBeFalse();
        sweep.Situations.Counts[Situation.Completed].ShouldBeGreaterThan(0);
    }
}
