using Cavra.Actors.ApiHost.Tests.Support;

namespace Cavra.Actors.ApiHost.Tests.Executions;

[Collection(ApiCollection.Name)]
public sealed class CommandTests(ApiFixture fixture)
{
    private const string Path = "/api/v1/executions";

    [Fact]
    public async Task Approve_ByAnEligibleApprover_MovesTheSessionOn()
    {
        var (tenant, worker, id) = await Gated();
        await using var _ = worker;
        var answer = await tenant.Approver.Post($"{Path}/{id}/approve", new { step_number = 1, approved = true, notes = "fine", approver_role = "approver" });
        answer.Status.ShouldBe(200, answer.Text);
        var vote = answer["approvals"][0].GetProperty("votes")[0];
        vote.GetProperty("by").GetString().ShouldBe("anna");
        vote.GetProperty("notes").GetString().ShouldBe("fine");
        await worker.Finish(await worker.Next("session.command"));
        (await tenant.Viewer.Until(id, "completed")).GetProperty("steps")[0].GetProperty("outcome").GetString().ShouldBe("succeeded");
    }

    [Fact]
    public async Task Approve_WhoMayNot_IsRefusedWithTheReason()
    {
        var (tenant, worker, id) = await Gated();
        await using var _ = worker;
        var address = $"{Path}/{id}/approve";
        (await tenant.Operator.Post(address, new { step_number = 1, approved = true })).ShouldBeProblem(403, "forbidden");
        (await tenant.As("otto", "operator", "approver").Post(address, new { step_number = 1, approved = true })).ShouldBeProblem(403, "self_approval");
        (await tenant.Approver.Post(address, new { step_number = 1, approved = true, approver_role = "dba" })).ShouldBeProblem(403, "role_not_held");
        (await tenant.Approver.Post(address, new { step_number = 9, approved = true })).ShouldBeProblem(404, "no_such_step");
        (await tenant.Approver.Post(address, new { step_number = 1, approved = true, digest = new string('0', 64) })).ShouldBeProblem(409, "digest_mismatch");
        (await tenant.Approver.Post(address, new { step_number = 1 })).ShouldName("approved");
        (await tenant.Approver.Post(address, new { step_number = 1, aproved = true })).ShouldName("aproved");
        (await tenant.Viewer.Get($"{Path}/{id}"))["state"].GetString().ShouldBe("waiting_for_approval");
    }

    [Fact]
    public async Task Approve_OutsideTheQuorum_IsNotEligible()
    {
        var tenant = fixture.NewTenant();
        await tenant.Runbook("rb-dba", "  - name: A\n    command: [\"/bin/true\"]\n    critical: true\n    approval: {quorum: \"1 of dba\"}\n");
        await using var worker = await tenant.Worker();
        var id = await tenant.Start("rb-dba");
        await worker.TakeAssignment();
        await tenant.Viewer.Until(id, "waiting_for_approval");
        (await tenant.Approver.Post($"{Path}/{id}/approve", new { step_number = 1, approved = true })).ShouldBeProblem(403, "not_eligible");
    }

    [Fact]
    public async Task Approve_Twice_IsAlreadyVotedThenAlreadyDecided()
    {
        var tenant = fixture.NewTenant();
        await tenant.Runbook("rb-two", "  - name: A\n    command: [\"/bin/true\"]\n    critical: true\n    approval: {quorum: \"2 of approver\"}\n");
        await using var worker = await tenant.Worker();
        var id = await tenant.Start("rb-two");
        await worker.TakeAssignment();
        await tenant.Viewer.Until(id, "waiting_for_approval");
        var address = $"{Path}/{id}/approve";
        (await tenant.Approver.Post(address, new { step_number = 1, approved = true })).Status.ShouldBe(200);
        (await tenant.Approver.Post(address, new { step_number = 1, approved = true })).ShouldBeProblem(409, "already_voted");
        (await tenant.Approver2.Post(address, new { step_number = 1, approved = true })).Status.ShouldBe(200);
        var late = await tenant.As("carl", "approver").Post(address, new { step_number = 1, approved = true });
        late.ShouldBeProblem(409, "already_decided");
        late["decided_by"].GetString().ShouldNotBeNullOrEmpty();
        late["decided_at"].GetString().ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Approve_BeforeAnythingWaits_IsNotAwaitingApproval()
    {
        var tenant = fixture.NewTenant();
        await tenant.GatedRunbook();
        var id = await tenant.Start("rb-gated");
        (await tenant.Approver.Post($"{Path}/{id}/approve", new { step_number = 1, approved = true })).ShouldBeProblem(409, "not_awaiting_approval");
    }

    [Fact]
    public async Task Reject_PausesAndADirectiveEndsIt()
    {
        var (tenant, worker, id) = await Gated();
        await using var _ = worker;
        (await tenant.Approver.Post($"{Path}/{id}/approve", new { step_number = 1, approved = false, notes = "no" })).Status.ShouldBe(200);
        var paused = await tenant.Viewer.Until(id, "paused");
        paused.GetProperty("reason").GetString().ShouldBe("rejected");
        var cancelled = await tenant.Operator.Post($"{Path}/{id}/directive", new { directive = "cancel", reason = "rejected" });
        cancelled.Status.ShouldBe(200, cancelled.Text);
        cancelled["state"].GetString().ShouldBe("cancelled");
    }

    [Fact]
    public async Task Directive_WhenNotPaused_Is409()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        var id = await tenant.Start("rb-harmless");
        (await tenant.Operator.Post($"{Path}/{id}/directive", new { directive = "retry", reason = "r" })).ShouldBeProblem(409, "not_paused");
        (await tenant.Operator.Post($"{Path}/{id}/directive", new { directive = "explode", reason = "r" })).ShouldName("directive");
        (await tenant.Operator.Post($"{Path}/{id}/directive", new { directive = "retry" })).ShouldName("reason");
    }

    [Fact]
    public async Task PauseAndResume_AnswerTheSession()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        var id = await tenant.Start("rb-harmless");
        (await tenant.Operator.Post($"{Path}/{id}/pause", new { reason = "r" }))["state"].GetString().ShouldBe("paused");
        var resumed = await tenant.Operator.Post($"{Path}/{id}/directive", new { directive = "resume", reason = "r" });
        resumed.Status.ShouldBe(200, resumed.Text);
        resumed["state"].GetString().ShouldNotBe("paused");
    }

    [Fact]
    public async Task Cancel_EndsALiveSessionOnce()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        var id = await tenant.Start("rb-harmless");
        var cancelled = await tenant.Operator.Post($"{Path}/{id}/cancel", new { reason = "wrong" });
        cancelled.Status.ShouldBe(200, cancelled.Text);
        cancelled["state"].GetString().ShouldBe("cancelled");
        cancelled["reason"].GetString().ShouldBe("cancelled_by_operator");
        foreach (var (command, body) in new (string, object)[] { ("cancel", new { reason = "r" }), ("pause", new { reason = "r" }), ("rollback", new { reason = "r" }) })
            (await tenant.Operator.Post($"{Path}/{id}/{command}", body)).ShouldBeProblem(409, "already_ended");
    }

    [Fact]
    public async Task Rollback_OfALiveSession_Is202()
    {
        var tenant = fixture.NewTenant();
        await tenant.Runbook("rb-back", "  - name: A\n    command: [\"/bin/true\"]\n    confidence_score: 0.99\n    rollback: {command: [\"/bin/true\"]}\n  - name: B\n    command: [\"/bin/true\"]\n    critical: true\n");
        await using var worker = await tenant.Worker();
        var id = await tenant.Start("rb-back");
        await worker.TakeAssignment();
        await worker.Finish(await worker.Next("session.command"));
        await tenant.Viewer.Until(id, "waiting_for_approval");
        var answer = await tenant.Operator.Post($"{Path}/{id}/rollback", new { reason = "undo" });
        answer.Status.ShouldBe(202, answer.Text);
        answer["session_id"].GetInt64().ShouldBe(id);
        var command = await worker.Next("session.command");
        command["is_rollback"]!.GetValue<bool>().ShouldBeTrue();
        await worker.Finish(command);
        (await tenant.Viewer.Until(id, "failed")).GetProperty("reason").GetString().ShouldBe("rolled_back");
    }

    private async Task<(Tenant Tenant, TestWorker Worker, long Id)> Gated()
    {
        var tenant = fixture.NewTenant();
        await tenant.GatedRunbook();
        var worker = await tenant.Worker();
        var id = await tenant.Start("rb-gated");
        await worker.TakeAssignment();
        await tenant.Viewer.Until(id, "waiting_for_approval");
        return (tenant, worker, id);
    }
}
