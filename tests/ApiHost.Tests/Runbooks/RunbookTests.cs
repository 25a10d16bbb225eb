using Cavra.Actors.ApiHost.Tests.Support;

namespace Cavra.Actors.ApiHost.Tests.Runbooks;

[Collection(ApiCollection.Name)]
public sealed class RunbookTests(ApiFixture fixture)
{
    private const string Path = "/api/v1/runbooks/rb-one";
    private const string First = "runbook_id: rb-one\ntitle: One\nsteps:\n  - name: A\n    command: [\"/bin/true\"]\n";
    private const string Second = "runbook_id: rb-one\ntitle: Two\nsteps:\n  - name: A\n    command: [\"/bin/true\"]\n";

    [Fact]
    public async Task Put_MakesVersionsUnlessIdentical()
    {
        var tenant = fixture.NewTenant();
        var first = await tenant.Admin.Put(Path, First, "application/yaml");
        first.Status.ShouldBe(201, first.Text);
        first["version"].GetInt32().ShouldBe(1);
        first["unchanged"].GetBoolean().ShouldBeFalse();
        first.Headers["ETag"].ShouldBe($"\"{first["digest"].GetString()}\"");
        var same = await tenant.Admin.Put(Path, First, "application/yaml");
        same.Status.ShouldBe(200);
        same["unchanged"].GetBoolean().ShouldBeTrue();
        same["version"].GetInt32().ShouldBe(1);
        var second = await tenant.Admin.Put(Path, """{"runbook_id":"rb-one","title":"Two","steps":[{"name":"A","command":["/bin/true"]}]}""", "application/json");
        second.Status.ShouldBe(200, second.Text);
        second["version"].GetInt32().ShouldBe(2);
        (await tenant.Viewer.Get(Path))["version"].GetInt32().ShouldBe(2);
        (await tenant.Viewer.Get(Path + "?version=1"))["runbook"].GetProperty("title").GetString().ShouldBe("One");
        (await tenant.Viewer.Get(Path + "?version=9")).ShouldBeProblem(404, "runbook_not_found");
        (await tenant.Viewer.Get(Path + "?version=0")).ShouldName("version");
        (await tenant.Viewer.Get("/api/v1/runbooks"))["items"].EnumerateArray().Single().GetProperty("runbook_id").GetString().ShouldBe("rb-one");
    }

    [Fact]
    public async Task IfMatchThatDiffers_Is412()
    {
        var tenant = fixture.NewTenant();
        var first = await tenant.Admin.Put(Path, First, "application/yaml");
        (await tenant.Admin.Put(Path, Second, "application/yaml", ("If-Match", "\"" + new string('0', 64) + "\""))).ShouldBeProblem(412, "version_conflict");
        (await tenant.Admin.Put(Path, Second, "application/yaml", ("If-Match", first.Headers["ETag"]))).Status.ShouldBe(200);
    }

    [Fact]
    public async Task BadDocument_Is400WithLineAndColumn()
    {
        var tenant = fixture.NewTenant();
        var answer = await tenant.Admin.Put(Path, "runbook_id: rb-one\ntitle: One\nsteps:\n  - name: A\n    comand: [\"/bin/true\"]\n", "application/yaml");
        answer.ShouldBeProblem(400, "validation_failed");
        var problem = answer["problems"][0];
        problem.GetProperty("line").GetInt32().ShouldBeGreaterThan(0);
        problem.GetProperty("column").GetInt32().ShouldBeGreaterThan(0);
        problem.GetProperty("path").GetString().ShouldNotBeNull();
        problem.GetProperty("message").GetString().ShouldNotBeNullOrEmpty();
        answer["errors"].ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Object);
        (await tenant.Viewer.Get(Path)).ShouldBeProblem(404, "runbook_not_found");
    }

    [Fact]
    public async Task PathAndBodyThatDisagree_Are400() =>
        (await fixture.NewTenant().Admin.Put("/api/v1/runbooks/rb-two", First, "application/yaml")).ShouldBeProblem(400, "validation_failed");

    [Fact]
    public async Task Validate_AnswersTheProblemsAndStoresNothing()
    {
        var tenant = fixture.NewTenant();
        var bad = await tenant.Viewer.PostRaw("/api/v1/runbooks/validate", "runbook_id: x\n", "application/yaml");
        bad.Status.ShouldBe(200, bad.Text);
        bad["valid"].GetBoolean().ShouldBeFalse();
        bad["problems"].GetArrayLength().ShouldBeGreaterThan(0);
        var good = await tenant.Viewer.PostRaw("/api/v1/runbooks/validate", First, "application/yaml");
        good["valid"].GetBoolean().ShouldBeTrue(good.Text);
        var broken = await tenant.Viewer.PostRaw("/api/v1/runbooks/validate", "a: [", "application/yaml");
        broken.Status.ShouldBe(200);
        broken["valid"].GetBoolean().ShouldBeFalse();
        (await tenant.Viewer.Get(Path)).ShouldBeProblem(404, "runbook_not_found");
    }

    [Fact]
    public async Task OtherMediaTypeOrTooMuchOrNul_IsRefused()
    {
        var admin = fixture.NewTenant().Admin;
        (await admin.Put(Path, First, "text/plain")).ShouldBeProblem(415, "unsupported_media_type");
        (await admin.Put(Path, "# " + new string('x', 1 << 20), "application/yaml")).ShouldBeProblem(413, "body_too_large");
        (await admin.Put(Path, First + "owner: \"a\0b\"\n", "application/yaml")).ShouldBeProblem(400, "malformed_body");
    }

    [Fact]
    public async Task Schema_IsServedToEverybody()
    {
        var schema = await fixture.Host.Client(null).Get("/schemas/runbook.schema.json");
        schema.Status.ShouldBe(200);
        schema["properties"].GetProperty("runbook_id").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Object);
    }
}
