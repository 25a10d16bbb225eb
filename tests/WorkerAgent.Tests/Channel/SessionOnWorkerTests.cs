using Cavra.Actors.Plans;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.WorkerAgent.Tests.Channel;

public sealed class SessionOnWorkerTests : AgentFixture
{
    [Fact]
    public async Task Session_FromAssignmentToEnd_IsCarriedOut()
    {
        await Start();
        Orchestrator.Registration!.Sandbox.ShouldContain("dev-flex");
        var assignment = StandIn.Assignment(1, StandIn.Step(1, "echo one >note; echo done"), StandIn.Step(2, "cat note; exit 4"));
        var preflight = await Orchestrator.Assign(assignment);
        preflight.Ok.ShouldBeTrue(string.Join('\n', preflight.Checks));
        preflight.Checks.Select(check => check.Name).ShouldContain("sandbox.seccomp");

        await Orchestrator.Send(StandIn.Command(assignment, 1));
        (await Orchestrator.Next<StepStartedFrame>()).StepNumber.ShouldBe(1);
        var first = await Orchestrator.Next<StepResultFrame>();
        (first.Status, first.ExitCode, first.Stdout, first.LastStreamSeq).ShouldBe((StepOutcome.Succeeded, 0, "done\n", 1));
        first.IdempotencyKey.ShouldBe(StandIn.Command(assignment, 1).IdempotencyKey);
        Orchestrator.Output(StandIn.Command(assignment, 1)).ShouldBe("done\n");

        await Orchestrator.Send(StandIn.Command(assignment, 2));
        var second = await Orchestrator.Next<StepResultFrame>();
        (second.Status, second.Reason, second.ExitCode, second.Stdout).ShouldBe((StepOutcome.Failed, StepReason.ExitCode, 4, "one\n"));

        await Orchestrator.Send(StandIn.Cancel(assignment, "completed"));
        await Orchestrator.Next<AckFrame>();
        await AwaitLoad(0);
        Directory.Exists(WorkFolder(1)).ShouldBeFalse();
    }

    [Fact]
    public async Task Command_Repeated_RunsOnce()
    {
        await Start();
        var assignment = StandIn.Assignment(1, StandIn.Step(1, "echo run >>note; wc -l <note"));
        await Orchestrator.Assign(assignment);
        foreach (var _ in Enumerable.Range(0, 3))
        {
            await Orchestrator.Send(StandIn.Command(assignment, 1));
            (await Orchestrator.Next<StepResultFrame>()).Stdout.ShouldBe("1\n");
        }
    }

    [Fact]
    public async Task Command_RepeatedWhileItRuns_RunsOnce()
    {
        await Start();
        var assignment = StandIn.Assignment(1, StandIn.Step(1, "echo run >>note; while [ ! -e go ]; do sleep 0.05; done; wc -l <note"));
        await Orchestrator.Assign(assignment);
        foreach (var _ in Enumerable.Range(0, 3))
            await Orchestrator.Send(StandIn.Command(assignment, 1));
        await Orchestrator.Next<StepStartedFrame>();
        await File.WriteAllTextAsync(Path.Combine(WorkFolder(1), "go"), "");
        (await Orchestrator.Next<StepResultFrame>()).Stdout.ShouldBe("1\n");
        Orchestrator.All.OfType<StepStartedFrame>().Count().ShouldBe(1);
    }

    [Fact]
    public async Task Assignment_Repeated_IsAnsweredAgain()
    {
        await Start();
        var assignment = StandIn.Assignment(1, StandIn.Step(1, "true"));
        await Orchestrator.Assign(assignment);
        (await Orchestrator.Assign(assignment)).Ok.ShouldBeTrue();
        // The plan is known by now: its steps need not come again.
        (await Orchestrator.Assign(StandIn.Assignment(2, StandIn.Step(1, "true")) with { PlanDigest = assignment.PlanDigest, RunbookSteps = [] })).Ok.ShouldBeTrue();
        await Orchestrator.Send(StandIn.Assignment(3) with { PlanDigest = "never seen" });
        (await Orchestrator.Next<AssignmentAckFrame>()).Reason.ShouldBe("unknown_plan");
    }

    [Fact]
    public async Task A07_StaleAssignmentAndAttempt_AreRefused()
    {
        await Start();
        var assignment = StandIn.Assignment(1, StandIn.Step(1, "true"));
        await Orchestrator.Assign(assignment);
        await Orchestrator.Send(StandIn.Command(assignment with { AssignmentId = new("asg-1-7") }, 1) with { MessageId = "m-7" });
        var refused = await Orchestrator.Next<AckFrame>();
        (refused.MessageId, refused.Code).ShouldBe(("m-7", "stale_assignment"));
        (await Orchestrator.Next<StepResultFrame>()).Status.ShouldBe(StepOutcome.Unknown);
        await Orchestrator.Send(StandIn.Command(assignment, 1, attempt: 2));
        (await Orchestrator.Next<StepResultFrame>()).Attempt.ShouldBe(2);
        await Orchestrator.Send(StandIn.Command(assignment, 1, attempt: 1));
        (await Orchestrator.Next<AckFrame>()).Code.ShouldBe("stale_attempt");
        Orchestrator.All.OfType<StepStartedFrame>().Count().ShouldBe(1);
    }

    [Fact]
    public async Task C02_CommandThatIsNotThePlannedOne_DoesNotRun()
    {
        await Start();
        var assignment = StandIn.Assignment(1, [.. Enumerable.Range(1, 4).Select(number => StandIn.Step(number, "touch ran"))]);
        // The plan itself changed after its digests were made: only computing them again shows it.
        var changed = assignment.RunbookSteps[3] with { Command = new StepCommand { Argv = ["touch ran; id"], Shell = true } };
        await Orchestrator.Assign(assignment = assignment with { RunbookSteps = assignment.RunbookSteps.SetItem(3, changed) });
        CommandFrame[] wrong =
        [
            StandIn.Command(assignment, 1) with { Command = new StepCommand { Argv = ["touch other"], Shell = true } },
            StandIn.Command(assignment, 2) with { Digest = assignment.RunbookSteps[0].Digest },
            StandIn.Command(assignment, 3) with { IsRollback = true },
            StandIn.Command(assignment, 4),
        ];
        foreach (var command in wrong)
        {
            await Orchestrator.Send(command);
            var result = await Orchestrator.Next<StepResultFrame>();
            (result.Status, result.Reason).ShouldBe((StepOutcome.Failed, StepReason.DigestMismatch));
        }

        Directory.Exists(WorkFolder(1)).ShouldBeFalse();
        Orchestrator.All.OfType<StepStartedFrame>().ShouldBeEmpty();
    }

    [Fact]
    public async Task Cancel_WhileRunning_KillsReportsAndLeavesRoomForTheRollback()
    {
        await Start();
        var step = StandIn.Step(1, "touch here; sleep 60") with
        {
            Rollback = new RollbackAction(new StepCommand { Argv = ["rm", "-f", "here"] }, 60, []),
        };
        var assignment = StandIn.Assignment(1, step);
        await Orchestrator.Assign(assignment);
        await Orchestrator.Send(StandIn.Command(assignment, 1));
        await Orchestrator.Next<StepStartedFrame>();
        await Orchestrator.Send(StandIn.Cancel(assignment) with { StepNumber = 1 });
        var result = await Orchestrator.Next<StepResultFrame>();
        (result.Status, result.Reason).ShouldBe((StepOutcome.Failed, StepReason.Cancelled));

        await Orchestrator.Send(StandIn.Command(assignment, 1) with { IsRollback = true, Command = step.Rollback.Command, Digest = assignment.RunbookSteps[0].RollbackDigest! });
        var rollback = await Orchestrator.Next<StepResultFrame>();
        (rollback.Status, rollback.IsRollback).ShouldBe((StepOutcome.Succeeded, true), rollback.Detail);
    }

    [Fact]
    public async Task Cancel_OfTheSession_KillsReportsAndForgets()
    {
        await Start();
        var assignment = StandIn.Assignment(1, StandIn.Step(1, "sleep 60"));
        await Orchestrator.Assign(assignment);
        await Orchestrator.Send(StandIn.Command(assignment, 1));
        await Orchestrator.Next<StepStartedFrame>();
        await Orchestrator.Send(StandIn.Cancel(assignment));
        (await Orchestrator.Next<StepResultFrame>()).Reason.ShouldBe(StepReason.Cancelled);
        await AwaitLoad(0);
        Directory.Exists(WorkFolder(1)).ShouldBeFalse();
        await Orchestrator.Send(assignment);
        (await Orchestrator.Next<AssignmentAckFrame>()).Reason.ShouldBe("stale_assignment");
    }

    [Fact]
    public async Task C01_ApprovalOfAnotherAttempt_IsVoid()
    {
        await Start();
        var assignment = StandIn.Assignment(1, StandIn.Step(1, "touch ran"));
        await Orchestrator.Assign(assignment);
        var step = assignment.RunbookSteps[0];
        var first = ApprovalBinding.Token(assignment.TenantId, assignment.SessionId, 1, 1, step.Digest, step.Decision.Revision);
        await Orchestrator.Send(StandIn.Command(assignment, 1) with { ApprovalToken = first });
        (await Orchestrator.Next<StepResultFrame>()).Status.ShouldBe(StepOutcome.Succeeded);
        await Orchestrator.Send(StandIn.Command(assignment, 1, attempt: 2) with { ApprovalToken = first });
        (await Orchestrator.Next<StepResultFrame>()).Reason.ShouldBe(StepReason.DigestMismatch);
    }

    [Fact]
    public async Task B05_RevokedByHeartbeat_KillsItsChildAndForgets()
    {
        await Start();
        var assignment = StandIn.Assignment(1, StandIn.Step(1, "sleep 60"));
        await Orchestrator.Assign(assignment);
        await Orchestrator.Send(StandIn.Command(assignment, 1));
        await Orchestrator.Next<StepStartedFrame>();
        Orchestrator.Revoked = [assignment.AssignmentId];
        await AwaitLoad(0);
        Directory.Exists(WorkFolder(1)).ShouldBeFalse();
        await Orchestrator.Send(StandIn.Command(assignment, 1, attempt: 2));
        (await Orchestrator.Next<AckFrame>()).Code.ShouldBe("stale_assignment");
    }

    [Fact]
    public async Task B05_OutputRefusedAsStale_KillsTheChild()
    {
        await Start();
        var assignment = StandIn.Assignment(1, StandIn.Step(1, "echo x; sleep 60"));
        await Orchestrator.Assign(assignment);
        Orchestrator.AcknowledgesOutput = false;
        await Orchestrator.Send(StandIn.Command(assignment, 1));
        var output = await Orchestrator.Next<StepOutputFrame>();
        await Orchestrator.Send(new AckFrame { MessageId = output.MessageId, Code = "stale_assignment" });
        await AwaitLoad(0);
    }

    [Fact]
    public async Task B05_ResultRefusedAsStale_StopsTheAssignment()
    {
        await Start();
        var assignment = StandIn.Assignment(1, StandIn.Step(1, "true"));
        await Orchestrator.Assign(assignment);
        Orchestrator.Acknowledges = false;
        await Orchestrator.Send(StandIn.Command(assignment, 1));
        var result = await Orchestrator.Next<StepResultFrame>();
        await Orchestrator.Send(new AckFrame { MessageId = result.MessageId, Code = "stale_assignment" });
        await AwaitLoad(0);
    }

    [Fact]
    public async Task Preflight_WithAPathThatMayNotBeWritten_Fails()
    {
        await Start();
        var assignment = StandIn.Assignment(1, StandIn.Step(1, "true"), StandIn.Step(2, "true") with { Writable = ["/etc"] }) with
        {
            WorkerRequirements = new WorkerRequirements { Capabilities = ["shell", "postgres"] },
        };
        var preflight = await Orchestrator.Assign(assignment);
        preflight.Ok.ShouldBeFalse();
        preflight.Checks.Where(check => !check.Ok).Select(check => check.Name).ShouldBe(["capabilities", "writable"]);
        await AwaitLoad(0);
    }

    [Fact]
    public async Task C08_CommandThatTheWorkersOwnPolicyDenies_DoesNotRun()
    {
        await Start();
        // The orchestrator's decision says allow; the worker does not take its word.
        var assignment = StandIn.Assignment(1, StandIn.Step(1, "rm -rf /"));
        var preflight = await Orchestrator.Assign(assignment);
        preflight.Checks.Where(check => !check.Ok).Select(check => check.Name).ShouldBe(["commands"]);
    }

    [Fact]
    public async Task Sessions_RunBesideEachOther()
    {
        await Start();
        var assignments = Enumerable.Range(1, 4).Select(session => StandIn.Assignment(session, StandIn.Step(1, "sleep 60"))).ToList();
        foreach (var assignment in assignments)
            await Orchestrator.Assign(assignment);
        foreach (var assignment in assignments)
            await Orchestrator.Send(StandIn.Command(assignment, 1));
        foreach (var _ in assignments)
            await Orchestrator.Next<StepStartedFrame>();
        foreach (var assignment in assignments)
            await Orchestrator.Send(StandIn.Cancel(assignment));
        foreach (var _ in assignments)
            (await Orchestrator.Next<StepResultFrame>()).Reason.ShouldBe(StepReason.Cancelled);
    }

    [Fact]
    public async Task B09_Drain_FinishesWhatItHasAndLeaves()
    {
        await Start();
        var assignment = StandIn.Assignment(1, StandIn.Step(1, "while [ ! -e go ]; do sleep 0.05; done"));
        await Orchestrator.Assign(assignment);
        await Orchestrator.Send(StandIn.Command(assignment, 1));
        await Orchestrator.Next<StepStartedFrame>();
        var draining = Agent!.Drain(CancellationToken.None);
        Orchestrator.Drained.ShouldBeTrue();
        await Orchestrator.Send(StandIn.Assignment(2, StandIn.Step(1, "true")));
        (await Orchestrator.Next<AssignmentAckFrame>()).Reason.ShouldBe("draining");
        draining.IsCompleted.ShouldBeFalse();
        await File.WriteAllTextAsync(Path.Combine(WorkFolder(1), "go"), "");
        (await Orchestrator.Next<StepResultFrame>()).Status.ShouldBe(StepOutcome.Succeeded);
        Orchestrator.Unregistered.Task.IsCompleted.ShouldBeFalse();
        await Orchestrator.Send(StandIn.Cancel(assignment, "completed"));
        await draining.WaitAsync(StandIn.Generous);
        Orchestrator.Unregistered.Task.IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public async Task ResultThatTheOrchestratorCouldNotTakeYet_IsSentAgain()
    {
        await Start();
        var assignment = StandIn.Assignment(1, StandIn.Step(1, "echo x"));
        await Orchestrator.Assign(assignment);
        Orchestrator.Acknowledges = false;
        await Orchestrator.Send(StandIn.Command(assignment, 1));
        var first = await Orchestrator.Next<StepResultFrame>();
        await Orchestrator.Send(new AckFrame { MessageId = first.MessageId, Code = "out_of_order" });
        (await Orchestrator.Next<StepResultFrame>()).MessageId.ShouldBe(first.MessageId);
        Orchestrator.Output(StandIn.Command(assignment, 1)).ShouldBe("x\n");
    }

    private async Task AwaitLoad(int load)
    {
        using var limit = new CancellationTokenSource(StandIn.Generous);
        while (Orchestrator.Heartbeats.Reader.TryRead(out _))
        {
            // From before what the test did.
        }

        while ((await Orchestrator.Heartbeats.Reader.ReadAsync(limit.Token)).CurrentLoad != load)
        {
            // Not yet.
        }
    }
}
