using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Installation;
using Cavra.Actors.Silo.Subjects;
using Cavra.Actors.Subjects;

namespace Cavra.Actors.ApiHost.Hosting;

/// <summary>What a development installation's clients find in the data directory: local workers' certificates, and <c>dev.json</c> once the host listens.</summary>
internal static class DevelopmentFiles
{
    private const string Tenant = "demo";

    /// <summary>The tokens of details.md, "dev.json": name, tenant, roles and groups.</summary>
    public static readonly ImmutableArray<(string Name, string Tenant, ImmutableArray<string> Roles)> People =
    [
        ("viewer", Tenant, ["viewer"]),
        ("operator", Tenant, ["operator"]),
        ("operator2", Tenant, ["operator"]),
        ("approver", Tenant, ["approver", "sre"]),
        ("approver2", Tenant, ["approver", "sre", "dba"]),
        ("operator_approver", Tenant, ["operator", "approver", "sre"]),
        ("admin", Tenant, ["admin"]),
        ("admin2", Tenant, ["admin"]),
        ("auditor", Tenant, ["auditor"]),
        ("other_tenant", "other", ["operator", "approver"]),
    ];

    /// <summary>The same for the directory: quorums count them from the start.</summary>
    public static DevelopmentSubjects Subjects => new([.. People.Select(p => (new TenantId(p.Tenant), new Subject(p.Name, p.Roles)))]);

    /// <summary>Writes key, certificate and CA for each local worker that has none.</summary>
    public static void WriteWorkers(ApiSettings settings, WorkerAuthority authority, TimeProvider time)
    {
        for (var n = 1; n <= settings.LocalWorkers; n++)
        {
            var id = DataDirectory.LocalWorkerId(n);
            var folder = settings.Data.Worker(id);
            // A worker's key is its identity (hazard B07): it survives restarts.
            if (File.Exists(Path.Combine(folder, "worker.crt"))) continue;
            authority.Enroll(folder, id, WorkerAuthority.EveryTenant, time.GetUtcNow());
        }
    }

    /// <summary>Writes <c>dev.json</c>.</summary>
    public static DevFile Write(ApiSettings settings, string api, string agent, string database, DevelopmentIssuer? issuer, TimeProvider time)
    {
        var data = settings.Data;
        var file = new DevFile
        {
            Api = api,
            Agent = agent,
            Console = api + "/",
            AgentCa = data.WorkerAuthorityCertificate,
            Jwks = issuer is null ? settings.Jwks! : data.Jwks,
            DataDir = data.Root,
            Database = database,
            Logs = data.Logs,
            Pids = data.PidsFile,
            Tokens = issuer is null ? ImmutableSortedDictionary<string, string>.Empty : Tokens(settings, issuer, time),
        };
        file.Write(data.DevFile);
        return file;
    }

    private static ImmutableSortedDictionary<string, string> Tokens(ApiSettings settings, DevelopmentIssuer issuer, TimeProvider time) =>
        People.ToImmutableSortedDictionary(p => p.Name, p => issuer.Mint(
            new TokenRequest { Subject = p.Name, Tenant = p.Tenant, Roles = p.Roles, Issuer = settings.Issuer, Audience = settings.Audience }, time));
}
