using Cavra.Actors.Identity;
using Cavra.Actors.WorkerAgent.Channel;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.WorkerAgent.Tests.Channel;

/// <summary>Frames on their way up when their assignment ends before they were sent.</summary>
public sealed class OutboxTests
{
    private static readonly SessionId Session = new(7);
    private static readonly AssignmentId Assignment = AssignmentId.For(Session, 1);

    [Fact]
    public async Task AssignmentOver_BeforeItsFailedPreflightLeft_TheOrchestratorStillHearsWhy()
    {
        using var outbox = new Outbox();
        outbox.AddSoon(new AssignmentAckFrame { SessionId = Session, AssignmentId = Assignment, Accepted = true });
        outbox.Add(new PreflightFrame { SessionId = Session, AssignmentId = Assignment, Ok = false });
        outbox.Forget(Assignment);

        var sent = await outbox.Take(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        sent.Select(frame => frame.GetType()).ShouldBe([typeof(AssignmentAckFrame), typeof(PreflightFrame)]);
    }

    [Fact]
    public async Task AssignmentOver_WhatNobodyWaitsForIsDropped()
    {
        using var outbox = new Outbox();
        outbox.Add(new PreflightFrame { SessionId = Session, AssignmentId = Assignment, Ok = true });
        outbox.Add(new StepStartedFrame { SessionId = Session, AssignmentId = Assignment, StepNumber = 1 });
        outbox.Add(new StepResultFrame { SessionId = Session, AssignmentId = Assignment, StepNumber = 1, Attempt = 1, Status = Cavra.Actors.Sessions.StepOutcome.Failed });
        outbox.Forget(Assignment);

        (await outbox.Take(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30))).ShouldHaveSingleItem().ShouldBeOfType<StepResultFrame>();
    }
}
