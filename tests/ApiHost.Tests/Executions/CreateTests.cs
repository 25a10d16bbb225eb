using System.Text.Json;
using Cavra.Actors.ApiHost.Tests.Support;

namespace Cavra.Actors.ApiHost.Tests.Executions;

[Collection(ApiCollection.Name)]
public sealed class CreateTests(ApiFixture fixture)
{
    private const string Path = "/api/v1/executions";

    private static readonly string[] SessionFields =
    [
        "session_id", "tenant_id", "ticket_id", "runbook_id", "runbook_version", "runbook_digest", "state", "reason", "validation_mode", "environment", "environment_profile", "sandbox_profile",
        "transport_channel", "worker_id", "current_step", "last_event_seq", "assignment_retry_count", "idempotency_key", "requested_by", "created_at", "started_at", "completed_at", "steps", "approvals", "outputs",
    ];

    private static readonly string[] StepFields =
    [
        "step_number", "name", "phase", "state", "reason", "outcome", "command", "args", "attempt", "blast_radius", "critical", "destructive", "irreversible", "approval_policy", "sandbox_profile",
        "credentials_used", "exit_code", "execution_ms", "started_at", "completed_at", "rollback", "targets", "action_budget",
    ];

    [Fact]
    public async Task GoodRequest_Is201WithLocationAndTheWholeSession()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        var answer = await tenant.Operator.Post(Path, new { ticket_id = "INC-1", runbook_id = "rb-harmless", environment_profile = "dev-flex" });
        answer.Status.ShouldBe(201, answer.Text);
        var id = answer["session_id"].GetInt64();
        answer.Headers["Location"].ShouldBe($"{Path}/{id}");
        foreach (var field in SessionFields) answer.Json.TryGetProperty(field, out _).ShouldBeTrue(field);
        foreach (var field in StepFields) answer["steps"][0].TryGetProperty(field, out _).ShouldBeTrue(field);
        answer["tenant_id"].GetString().ShouldBe(tenant.Name);
        answer["requested_by"].GetString().ShouldBe("otto");
        answer["created_at"].GetString()!.ShouldMatch(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$");
        (await tenant.Viewer.Get(answer.Headers["Location"])).Status.ShouldBe(200);
    }

    [Fact]
    public async Task UnknownRunbook_Is404()
    {
        var tenant = fixture.NewTenant();
        (await tenant.Operator.Post(Path, new { ticket_id = "INC-1", runbook_id = "rb-none", environment_profile = "dev-flex" })).ShouldBeProblem(404, "runbook_not_found");
    }

    [Fact]
    public async Task A05_SecondSessionOfATicket_Is409WithTheNumberOfTheFirst()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        var first = await tenant.Start("rb-harmless", "INC-7");
        var second = await tenant.Operator.Post(Path, new { ticket_id = "INC-7", runbook_id = "rb-harmless", environment_profile = "dev-flex" });
        second.ShouldBeProblem(409, "ticket_busy");
        second["session_id"].ValueKind.ShouldBe(JsonValueKind.Number);
        second["session_id"].GetInt64().ShouldBe(first);
    }

    [Fact]
    public async Task A05_TwentyCreatesForOneTicketAtOnce_MakeOneSession()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        var client = tenant.Operator;
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.Post(Path, new { ticket_id = "INC-8", runbook_id = "rb-harmless", environment_profile = "dev-flex" })));
        var made = answers.Single(a => a.Status == 201)["session_id"].GetInt64();
        foreach (var refused in answers.Where(a => a.Status != 201))
        {
            refused.ShouldBeProblem(409, "ticket_busy");
            refused["session_id"].GetInt64().ShouldBe(made);
        }
    }

    [Theory]
    [InlineData("final_only", "prod-standard")]
    [InlineData("critical_only", "prod-standard")]
    [InlineData("critical_only", "prod-critical")]
    public async Task C05_ModeThatTheProfileForbids_Is422(string mode, string profile)
    {
        var tenant = fixture.NewTenant();
        await tenant.Approver.Get(Path);
        await tenant.Approver2.Get(Path);
        await tenant.Runbook("rb-back", "  - name: A\n    command: [\"/bin/true\"]\n    rollback: {command: [\"/bin/true\"]}\n");
        (await tenant.Operator.Post(Path, new { ticket_id = "INC-1", runbook_id = "rb-back", environment_profile = profile, validation_mode = mode })).ShouldBeProblem(422, "validation_mode_not_allowed");
    }

    [Fact]
    public async Task InputThatTheRunbookDoesNotHave_Is422()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        (await tenant.Operator.Post(Path, new { ticket_id = "INC-1", runbook_id = "rb-harmless", environment_profile = "dev-flex", inputs = new { path = "/x" } })).ShouldBeProblem(422, "inputs_invalid");
    }

    [Fact]
    public async Task QuorumThatNobodyCanMeet_Is422()
    {
        var tenant = fixture.NewTenant();
        await tenant.Runbook("rb-quorum", "  - name: A\n    command: [\"/bin/true\"]\n    critical: true\n    approval: {quorum: \"1 of nobody\"}\n");
        (await tenant.Operator.Post(Path, new { ticket_id = "INC-1", runbook_id = "rb-quorum", environment_profile = "dev-flex" })).ShouldBeProblem(422, "quorum_unsatisfiable");
    }

    [Fact]
    public async Task TicketThatNoRunbookMatches_Is422()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        (await tenant.Operator.Post(Path, new { ticket_id = "INC-1", environment_profile = "dev-flex" })).ShouldBeProblem(422, "runbook_not_derivable");
    }

    [Fact]
    public async Task TicketThatOneRunbookMatches_StartsIt()
    {
        var tenant = fixture.NewTenant();
        await tenant.Runbook("rb-match", "  - name: A\n    command: [\"/bin/true\"]\n    confidence_score: 0.99\n", "match: {ticket_prefix: \"DISK-\"}\n");
        var answer = await tenant.Operator.Post(Path, new { ticket_id = "DISK-1", environment_profile = "dev-flex" });
        answer.Status.ShouldBe(201, answer.Text);
        answer["runbook_id"].GetString().ShouldBe("rb-match");
    }

    [Fact]
    public async Task CommandThatPolicyDenies_Is422WithTheRules()
    {
        var tenant = fixture.NewTenant();
        await tenant.Runbook("rb-denied", "  - name: A\n    command: [\"/sbin/mkfs.ext4\", \"/dev/sda1\"]\n    rollback: {command: [\"/bin/true\"]}\n");
        var answer = await tenant.Operator.Post(Path, new { ticket_id = "INC-1", runbook_id = "rb-denied", environment_profile = "prod-standard" });
        answer.ShouldBeProblem(422, "policy_denied");
        answer["rules"][0].GetProperty("id").GetString().ShouldNotBeNullOrEmpty();
        answer["rules"][0].GetProperty("reason").GetString().ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task ProdStepWithoutRollback_Is422()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        (await tenant.Operator.Post(Path, new { ticket_id = "INC-1", runbook_id = "rb-harmless", environment_profile = "prod-standard" })).ShouldBeProblem(422, "rollback_required");
    }

    [Fact]
    public async Task EnvironmentThatTheRunbookIsNotFor_Is422()
    {
        var tenant = fixture.NewTenant();
        await tenant.Runbook("rb-staging", "  - name: A\n    command: [\"/bin/true\"]\n", "environments: [staging]\n");
        (await tenant.Operator.Post(Path, new { ticket_id = "INC-1", runbook_id = "rb-staging", environment_profile = "dev-flex" })).ShouldBeProblem(422, "environment_not_allowed");
    }

    [Fact]
    public async Task CredentialThatDoesNotExist_Is422AndNothingIsMade()
    {
        var tenant = fixture.NewTenant();
        await tenant.Runbook("rb-secret", "  - name: A\n    command: [\"/bin/true\"]\n    confidence_score: 0.99\n    credentials: [cred-nobody-made]\n");
        var body = new { ticket_id = "INC-1", runbook_id = "rb-secret", environment_profile = "dev-flex" };
        (await tenant.Operator.Post(Path, body)).ShouldBeProblem(422, "unknown_credential");
        (await tenant.Operator.Get(Path))["items"].GetArrayLength().ShouldBe(0);
        (await tenant.Operator.Post(Path + "/preview", body))["startable"].GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task Preview_ShowsThePlanAndMakesNothing()
    {
        var tenant = fixture.NewTenant();
        await tenant.Approver.Get(Path);
        await tenant.GatedRunbook();
        var answer = await tenant.Operator.Post(Path + "/preview", new { ticket_id = "INC-1", runbook_id = "rb-gated", environment_profile = "dev-flex" });
        answer.Status.ShouldBe(200, answer.Text);
        answer["startable"].GetBoolean().ShouldBeTrue();
        answer["problems"].GetArrayLength().ShouldBe(0);
        var step = answer["steps"][0];
        foreach (var field in new[] { "step_number", "name", "phase", "command", "verdict", "rules", "reason", "gate", "sandbox_profile", "controls", "credentials", "writable", "network", "targets", "rollback", "irreversible", "digest" })
            step.TryGetProperty(field, out _).ShouldBeTrue(field);
        step.GetProperty("gate").GetProperty("eligible").EnumerateArray().Select(e => e.GetString()).ShouldContain("anna");
        (await tenant.Operator.Get(Path))["items"].GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task PreviewOfWhatMayNotStart_SaysWhyAndStillShowsThePlan()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        var answer = await tenant.Operator.Post(Path + "/preview", new { ticket_id = "INC-1", runbook_id = "rb-harmless", environment_profile = "prod-standard" });
        answer.Status.ShouldBe(200, answer.Text);
        answer["startable"].GetBoolean().ShouldBeFalse();
        answer["problems"].EnumerateArray().Select(p => p.GetProperty("code").GetString()).ShouldContain("rollback_required");
        answer["steps"].GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task PreviewOfAnUnknownRunbook_Is404() =>
        (await fixture.NewTenant().Operator.Post(Path + "/preview", new { ticket_id = "INC-1", runbook_id = "rb-none", environment_profile = "dev-flex" })).ShouldBeProblem(404, "runbook_not_found");
}
