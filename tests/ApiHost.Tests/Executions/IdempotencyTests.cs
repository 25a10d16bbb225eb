using Cavra.Actors.ApiHost.Tests.Support;

namespace Cavra.Actors.ApiHost.Tests.Executions;

[Collection(ApiCollection.Name)]
public sealed class IdempotencyTests(ApiFixture fixture)
{
    private const string Path = "/api/v1/executions";

    [Fact]
    public async Task A02_FiftyEqualCreatesAtOnce_MakeOneSession()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        var client = tenant.Operator;
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => client.Post(Path, Body("INC-1"), ("Idempotency-Key", "key-1"))));
        answers.Select(a => a.Status).Distinct().ShouldBe([201]);
        answers.Select(a => a["session_id"].GetInt64()).Distinct().Count().ShouldBe(1);
        answers.Count(a => !a.Headers.ContainsKey("Idempotent-Replayed")).ShouldBe(1);
        foreach (var replay in answers.Where(a => a.Headers.ContainsKey("Idempotent-Replayed"))) replay.Headers["Idempotent-Replayed"].ShouldBe("true");
        answers.Select(a => a.Text).Distinct().Count().ShouldBe(1);
        (await client.Get(Path))["items"].GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task A02_RepeatAfterTheSessionMovedOn_IsTheFirstAnswer()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        var first = await tenant.Operator.Post(Path, Body("INC-1"), ("Idempotency-Key", "key-1"));
        await using var worker = await tenant.Worker();
        _ = worker.RunAll();
        await tenant.Operator.Until(first["session_id"].GetInt64(), "completed");
        var again = await tenant.Operator.Post(Path, Body("INC-1"), ("Idempotency-Key", "key-1"));
        again.Status.ShouldBe(201);
        again.Text.ShouldBe(first.Text);
        again.Headers["Location"].ShouldBe(first.Headers["Location"]);
        again.Headers["Idempotent-Replayed"].ShouldBe("true");
    }

    [Fact]
    public async Task A02_RepeatedCommandOfASessionWithOutput_IsTheFirstAnswer()
    {
        var tenant = fixture.NewTenant();
        await tenant.Runbook("rb-talks", "  - name: A\n    command: [\"/bin/true\"]\n    confidence_score: 0.99\n  - name: B\n    command: [\"/bin/true\"]\n    critical: true\n");
        await using var worker = await tenant.Worker();
        var id = await tenant.Start("rb-talks");
        await worker.TakeAssignment();
        var command = await worker.Next("session.command");
        await worker.Send(TestWorker.Output(command, 1, "said"));
        await worker.Finish(command, lastStreamSeq: 1);
        await tenant.Viewer.UntilEvent(id, "approval.notified");
        foreach (var (verb, body) in new (string, object)[] { ("pause", new { reason = "wait" }), ("directive", new { directive = "resume", reason = "go" }), ("cancel", new { reason = "enough" }) })
        {
            var first = await tenant.Operator.Post($"{Path}/{id}/{verb}", body, ("Idempotency-Key", "key-" + verb));
            first["outputs"].GetProperty("1").GetProperty("stdout_tail").GetString().ShouldBe("said");
            var again = await tenant.Operator.Post($"{Path}/{id}/{verb}", body, ("Idempotency-Key", "key-" + verb));
            again.Headers["Idempotent-Replayed"].ShouldBe("true");
            again.Text.ShouldBe(first.Text);
        }
    }

    [Fact]
    public async Task A02_KeyInTheBody_IsTheSameKeyAsInTheHeader()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        var first = await tenant.Operator.Post(Path, new { ticket_id = "INC-1", runbook_id = "rb-harmless", environment_profile = "dev-flex", idempotency_key = "key-1" });
        first["idempotency_key"].GetString().ShouldBe("key-1");
        var again = await tenant.Operator.Post(Path, Body("INC-1"), ("Idempotency-Key", "key-1"));
        again["session_id"].GetInt64().ShouldBe(first["session_id"].GetInt64());
        again.Headers["Idempotent-Replayed"].ShouldBe("true");
    }

    [Fact]
    public async Task A02_SameBodyInAnotherOrder_IsTheSameBody()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        var first = await tenant.Operator.Post(Path, Body("INC-1"), ("Idempotency-Key", "key-1"));
        using var reordered = new StringContent("""{ "environment_profile":"dev-flex" ,"runbook_id":"rb-harmless", "ticket_id":"INC-1"}""", System.Text.Encoding.UTF8, "application/json");
        var again = await tenant.Operator.Send(HttpMethod.Post, Path, reordered, ("Idempotency-Key", "key-1"));
        again.Status.ShouldBe(201, again.Text);
        again["session_id"].GetInt64().ShouldBe(first["session_id"].GetInt64());
    }

    [Fact]
    public async Task A03_SameKeyWithAnotherBody_Is422AndTouchesNothing()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        var first = await tenant.Operator.Post(Path, Body("INC-1"), ("Idempotency-Key", "key-1"));
        (await tenant.Operator.Post(Path, Body("INC-2"), ("Idempotency-Key", "key-1"))).ShouldBeProblem(422, "idempotency_key_reused");
        var sessions = (await tenant.Operator.Get(Path))["items"];
        sessions.GetArrayLength().ShouldBe(1);
        sessions[0].GetProperty("last_event_seq").GetInt64().ShouldBe(first["last_event_seq"].GetInt64());
    }

    [Fact]
    public async Task A03_SameKeyOnAnotherRoute_Is422()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        var first = await tenant.Operator.Post(Path, Body("INC-1"), ("Idempotency-Key", "key-1"));
        (await tenant.Operator.Post($"{Path}/{first["session_id"]}/cancel", new { reason = "r" }, ("Idempotency-Key", "key-1"))).ShouldBeProblem(422, "idempotency_key_reused");
    }

    [Fact]
    public async Task A04_SameKeyOfAnotherTenant_IsIndependent()
    {
        var (one, other) = (fixture.NewTenant(), fixture.NewTenant());
        await one.HarmlessRunbook();
        await other.HarmlessRunbook();
        var first = await one.Operator.Post(Path, Body("INC-1"), ("Idempotency-Key", "shared"));
        var second = await other.Operator.Post(Path, Body("INC-9"), ("Idempotency-Key", "shared"));
        second.Status.ShouldBe(201, second.Text);
        second.Headers.ShouldNotContainKey("Idempotent-Replayed");
        second["session_id"].GetInt64().ShouldNotBe(first["session_id"].GetInt64());
    }

    [Fact]
    public async Task RepeatedCommand_IsDoneOnceAndAnsweredTheSame()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        var id = await tenant.Start("rb-harmless");
        var first = await tenant.Operator.Post($"{Path}/{id}/pause", new { reason = "r" }, ("Idempotency-Key", "pause-1"));
        first.Status.ShouldBe(200, first.Text);
        (await tenant.Operator.Post($"{Path}/{id}/directive", new { directive = "cancel", reason = "r" })).Status.ShouldBe(200);
        var again = await tenant.Operator.Post($"{Path}/{id}/pause", new { reason = "r" }, ("Idempotency-Key", "pause-1"));
        again.Status.ShouldBe(200, again.Text);
        again.Text.ShouldBe(first.Text);
        again.Headers["Idempotent-Replayed"].ShouldBe("true");
    }

    [Fact]
    public async Task RepeatedWorkerCommand_IsAnsweredTheSame()
    {
        var tenant = fixture.NewTenant();
        await using var worker = await tenant.Worker();
        var first = await tenant.Admin.Post($"/api/v1/workers/{worker.Id}/drain", new { reason = "r" }, ("Idempotency-Key", "drain-1"));
        first.Status.ShouldBe(200, first.Text);
        (await tenant.Admin.Post($"/api/v1/workers/{worker.Id}/undrain", new { reason = "r" })).Status.ShouldBe(200);
        var again = await tenant.Admin.Post($"/api/v1/workers/{worker.Id}/drain", new { reason = "r" }, ("Idempotency-Key", "drain-1"));
        again.Text.ShouldBe(first.Text);
        again.Headers["Idempotent-Replayed"].ShouldBe("true");
        (await tenant.Viewer.Get($"/api/v1/workers/{worker.Id}"))["state"].GetString().ShouldBe("idle");
    }

    [Theory]
    [InlineData("")]
    [InlineData("with blank")]
    [InlineData("näh")]
    public async Task KeyOfTheWrongForm_Is400(string key)
    {
        var tenant = fixture.NewTenant();
        var answer = await tenant.Operator.Post(Path, new { ticket_id = "INC-1", runbook_id = "rb-x", environment_profile = "dev-flex", idempotency_key = key });
        answer.ShouldName("idempotency_key");
    }

    [Fact]
    public async Task KeysThatDiffer_Are400() =>
        (await fixture.NewTenant().Operator.Post(Path, new { ticket_id = "INC-1", environment_profile = "dev-flex", idempotency_key = "a" }, ("Idempotency-Key", "b"))).ShouldName("idempotency_key");

    private static object Body(string ticket) => new { ticket_id = ticket, runbook_id = "rb-harmless", environment_profile = "dev-flex" };
}
