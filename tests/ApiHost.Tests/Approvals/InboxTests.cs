using System.Text.Json;
using Cavra.Actors.ApiHost.Tests.Support;

namespace Cavra.Actors.ApiHost.Tests.Approvals;

[Collection(ApiCollection.Name)]
public sealed class InboxTests(ApiFixture fixture)
{
    private const string Path = "/api/v1/approvals";

    [Fact]
    public async Task OpenTask_SaysWhoMayDecide()
    {
        var tenant = fixture.NewTenant();
        await tenant.GatedRunbook();
        await using var worker = await tenant.Worker();
        var id = await tenant.Start("rb-gated");
        await worker.TakeAssignment();
        await tenant.Viewer.UntilEvent(id, "approval.notified");
        var item = await Only(tenant.Approver);
        foreach (var field in new[]
        {
            "approval_id", "session_id", "ticket_id", "runbook_id", "title", "step_numbers", "commands", "digest", "blast_radius", "environment", "quorum", "votes", "requested_by", "requested_at", "expires_at",
            "seconds_left", "state", "eligible", "ineligible_reason",
        }) item.TryGetProperty(field, out _).ShouldBeTrue(field);
        item.GetProperty("session_id").GetInt64().ShouldBe(id);
        item.GetProperty("eligible").GetBoolean().ShouldBeTrue();
        item.GetProperty("ineligible_reason").ValueKind.ShouldBe(JsonValueKind.Null);
        item.GetProperty("seconds_left").GetInt64().ShouldBeInRange(1, 1800);
        (await Only(tenant.Viewer)).GetProperty("ineligible_reason").GetString().ShouldBe("forbidden");
        (await Only(tenant.As("otto", "operator", "approver"))).GetProperty("ineligible_reason").GetString().ShouldBe("self_approval");
        (await fixture.NewTenant().Approver.Get(Path))["items"].GetArrayLength().ShouldBe(0);
        await tenant.Approver.Post($"/api/v1/executions/{id}/approve", new { step_number = 1, approved = true });
        (await tenant.Approver.Get(Path))["items"].GetArrayLength().ShouldBe(0);
        var decided = await Only(tenant.Approver, "?state=decided");
        decided.GetProperty("state").GetString().ShouldBe("approved");
        decided.GetProperty("ineligible_reason").GetString().ShouldBe("already_decided");
        decided.GetProperty("seconds_left").GetInt64().ShouldBe(0);
        await Only(tenant.Approver, "?state=all");
    }

    [Fact]
    public async Task TaskOfAnotherGroup_IsNotForTheCaller()
    {
        var tenant = fixture.NewTenant();
        await tenant.Runbook("rb-dba", "  - name: A\n    command: [\"/bin/true\"]\n    critical: true\n    approval: {quorum: \"1 of dba\"}\n");
        await using var worker = await tenant.Worker();
        var id = await tenant.Start("rb-dba");
        await worker.TakeAssignment();
        await tenant.Viewer.UntilEvent(id, "approval.notified");
        (await Only(tenant.Approver)).GetProperty("ineligible_reason").GetString().ShouldBe("not_eligible");
        (await Only(tenant.Approver2)).GetProperty("eligible").GetBoolean().ShouldBeTrue();
    }

    [Theory]
    [InlineData("state=closed", "state")]
    [InlineData("limit=0", "limit")]
    [InlineData("cursor=!", "cursor")]
    public async Task WrongParameter_Is400(string query, string field) => (await fixture.NewTenant().Approver.Get($"{Path}?{query}")).ShouldName(field);

    private static async Task<JsonElement> Only(ApiClient client, string query = "")
    {
        var answer = await client.Get(Path + query);
        answer.Status.ShouldBe(200, answer.Text);
        return answer["items"].EnumerateArray().Single();
    }
}
