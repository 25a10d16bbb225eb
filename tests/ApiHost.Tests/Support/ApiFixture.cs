using System.Net.Http.Headers;
using Cavra.Actors.ApiHost.Hosting;
using Cavra.Actors.Installation;
using Cavra.Actors.Testing.Postgres;
using Microsoft.Extensions.Configuration;

namespace Cavra.Actors.ApiHost.Tests.Support;

/// <summary>One real host for the tests of this project: Kestrel's sockets, the embedded grains, PostgreSQL. Each test takes a tenant of its own.</summary>
public sealed class ApiFixture : IAsyncLifetime
{
    private static int _tenants;
    private TestHost? _host;

    internal TestHost Host => _host!;

    public async Task InitializeAsync() => _host = await TestHost.Start();

    public async Task DisposeAsync() => await _host!.DisposeAsync();

    /// <summary>A tenant that no other test uses, with its people.</summary>
    internal Tenant NewTenant() => new(_host!, $"t{Interlocked.Increment(ref _tenants)}");
}

[CollectionDefinition(Name)]
public sealed class ApiCollection : ICollectionFixture<ApiFixture>
{
    public const string Name = "api";
}

/// <summary>A started host on a database of its own.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly DevelopmentIssuer _issuer;
    private readonly WorkerAuthority _authority;

    private TestHost(RunningApi api, TestDatabase database)
    {
        (Api, _database) = (api, database);
        _issuer = DevelopmentIssuer.LoadOrCreate(api.Settings.Data);
        _authority = WorkerAuthority.Load(api.Settings.Data)!;
    }

    public RunningApi Api { get; }

    public DataDirectory Data => Api.Settings.Data;

    public Uri Address => new(Api.Dev.Api);

    public Uri AgentAddress => new(Api.Dev.Agent);

    public DevelopmentIssuer Issuer => _issuer;

    public WorkerAuthority Authority => _authority;

    /// <summary>Starts one; settings come on top of the tests' own.</summary>
    public static async Task<TestHost> Start(Dictionary<string, string?>? settings = null, Func<string, string>? database = null)
    {
        var made = await TestDatabase.CreateAsync();
        var folder = System.IO.Directory.CreateTempSubdirectory("cavra-api-").FullName;
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["DATA"] = Path.Combine(folder, "data"),
            ["DATABASE"] = database?.Invoke(made.OwnerConnectionString) ?? made.OwnerConnectionString,
            ["API_PORT"] = "0",
            ["AGENT_PORT"] = "0",
            ["RUNBOOKS"] = Path.Combine(folder, "none"),
            ["LOG_STDOUT"] = "off",
            ["API:RATE_LIMIT"] = "100000",
            ["API:BURST"] = "100000",
            ["API:ALLOWED_ORIGINS"] = "https://console.example",
            ["BENCH_NOOP_EXECUTOR"] = "true",
        };
        foreach (var (key, value) in settings ?? []) values[key] = value;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        return new TestHost(await RunningApi.Start(ApiSettings.Read(configuration, folder), configuration), made);
    }

    public string Token(string subject, string tenant, params string[] roles) => _issuer.Mint(new TokenRequest { Subject = subject, Tenant = tenant, Roles = [.. roles] }, TimeProvider.System);

    public ApiClient Client(string? token)
    {
        var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(60) };
        if (token is not null) http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return new ApiClient(http);
    }

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        await _database.DisposeAsync();
        _issuer.Dispose();
        _authority.Dispose();
        System.IO.Directory.Delete(Path.GetDirectoryName(Data.Root)!, recursive: true);
    }
}

/// <summary>A tenant's people and things.</summary>
internal sealed class Tenant(TestHost host, string name)
{
    public string Name => name;

    public TestHost Host => host;

    public ApiClient Viewer => As("vera", "viewer");

    public ApiClient Operator => As("otto", "operator");

    public ApiClient Approver => As("anna", "approver", "sre");

    public ApiClient Approver2 => As("abel", "approver", "sre", "dba");

    public ApiClient Admin => As("ada", "admin");

    public ApiClient Auditor => As("audrey", "auditor");

    /// <summary>A person of this tenant.</summary>
    public ApiClient As(string subject, params string[] roles) => host.Client(host.Token(subject, name, roles));

    /// <summary>Stores a runbook of some steps; <paramref name="head"/> are further lines before them.</summary>
    public async Task<string> Runbook(string id, string steps, string head = "")
    {
        var answer = await Admin.Put($"/api/v1/runbooks/{id}", $"runbook_id: {id}\ntitle: Test {id}\n{head}steps:\n{steps}", "application/yaml");
        answer.Status.ShouldBeOneOf(200, 201);
        return id;
    }

    /// <summary>A runbook of n harmless steps that need nobody.</summary>
    public Task<string> HarmlessRunbook(int steps = 1) =>
        Runbook("rb-harmless", string.Concat(Enumerable.Range(1, steps).Select(n => $"  - name: Step {n}\n    command: [\"/bin/true\"]\n    confidence_score: 0.99\n")));

    /// <summary>A runbook with one critical step, which one approver decides.</summary>
    public Task<string> GatedRunbook() => Runbook("rb-gated", "  - name: Gated\n    command: [\"/bin/true\"]\n    critical: true\n");

    /// <summary>Starts a session.</summary>
    public async Task<long> Start(string runbook, string ticket = "INC-1", string profile = "dev-flex")
    {
        // The directory counts whose token was seen; a quorum needs somebody.
        await Approver.Get("/api/v1/executions");
        await Approver2.Get("/api/v1/executions");
        var answer = await Operator.Post("/api/v1/executions", new { ticket_id = ticket, runbook_id = runbook, environment_profile = profile });
        answer.Status.ShouldBe(201, answer.Text);
        return answer["session_id"].GetInt64();
    }

    /// <summary>A worker of this tenant, registered and connected.</summary>
    public Task<TestWorker> Worker(string? id = null) => TestWorker.Connect(host, id ?? $"w-{name}", name);
}
