using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.WorkerAgent.Tests.Channel;

/// <summary>Steps of a plan go down a channel once, and both ends forget alike.</summary>
public sealed class ChannelPlansTests
{
    private readonly ChannelPlans _sender = new();
    private readonly ChannelPlans _receiver = new();

    [Fact]
    public void Plan_SentAgain_GoesWithoutItsSteps()
    {
        var frame = Frame("one");
        Send(frame).RunbookSteps.ShouldBe(frame.RunbookSteps);
        _sender.Shorten(frame).RunbookSteps.ShouldBeEmpty();
        Send(frame).RunbookSteps.ShouldBe(frame.RunbookSteps);
    }

    [Fact]
    public void MorePlansThanAreKept_ComeCompleteAllTheSame()
    {
        var frames = Enumerable.Range(0, ChannelPlans.Kept + 5).Select(n => Frame($"plan-{n}")).ToList();
        foreach (var frame in frames.Concat(frames))
            Send(frame).RunbookSteps.ShouldBe(frame.RunbookSteps);
    }

    [Fact]
    public void OtherStepsUnderTheSameDigest_AreSent()
    {
        Send(Frame("one"));
        var other = Frame("one");
        Send(other).RunbookSteps.ShouldBe(other.RunbookSteps);
    }

    [Fact]
    public void PlanThatTheOtherEndDoesNotKnow_IsLeftAsItIs_AndSentAfterClear()
    {
        var frame = Frame("one");
        _sender.Shorten(frame);
        Send(frame).RunbookSteps.ShouldBeEmpty();
        _sender.Clear();
        Send(frame).RunbookSteps.ShouldBe(frame.RunbookSteps);
    }

    private AssignFrame Send(AssignFrame frame) => _receiver.Complete(_sender.Shorten(frame));

    private static AssignFrame Frame(string plan) => StandIn.Assignment(1, StandIn.Step(1, "true")) with { PlanDigest = plan };
}
