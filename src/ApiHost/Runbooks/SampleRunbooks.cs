using Cavra.Actors.ApiHost.Hosting;
using Cavra.Actors.ApiHost.Identity;
using Cavra.Actors.Identity;
using Cavra.Actors.Runbooks;

namespace Cavra.Actors.ApiHost.Runbooks;

/// <summary>
/// Gives a development installation's tenants the sample runbooks that they do not have yet. The folder is setting <c>CAVRA_RUNBOOKS</c>, else
/// <c>runbooks</c> of the source tree (<c>CAVRA_HOME</c>, or above this program). A changed or newer runbook of the tenant is left alone.
/// </summary>
internal sealed partial class SampleRunbooks(IGrainFactory grains, ApiSettings settings, IConfiguration configuration, ILogger<SampleRunbooks> logger) : IHostedService
{
    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!settings.IsDevelopment || Folder() is not { } folder) return;
        foreach (var file in Directory.EnumerateFiles(folder, "rb-*.yaml").Order(StringComparer.Ordinal))
        {
            var text = await File.ReadAllTextAsync(file, cancellationToken);
            foreach (var tenant in DevelopmentFiles.People.Select(p => p.Tenant).Distinct()) await Give(tenant, Path.GetFileNameWithoutExtension(file), text);
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task Give(string tenant, string id, string text)
    {
        var catalog = grains.GetGrain<IRunbookCatalog>(tenant);
        if (await catalog.Get(id, null) is not null) return;
        var actor = new Actor { Subject = "system", Tenant = new TenantId(tenant), Roles = [Roles.Admin] };
        var reply = await catalog.Put(new PutRunbook(actor, id, text, "application/yaml", null, null));
        if (reply.Refusal is { } refusal) Refused(id, refusal.Detail);
        else if (reply.Problems.Length > 0) Refused(id, $"line {reply.Problems[0].Line}: {reply.Problems[0].Message}");
    }

    private string? Folder()
    {
        if (configuration["RUNBOOKS"] is { Length: > 0 } configured) return Directory.Exists(configured) ? configured : null;
        if (Environment.GetEnvironmentVariable("CAVRA_HOME") is { Length: > 0 } home && Directory.Exists(Path.Combine(home, "runbooks"))) return Path.Combine(home, "runbooks");
        var above = new DirectoryInfo(AppContext.BaseDirectory);
        while (above is not null && !File.Exists(Path.Combine(above.FullName, "Cavra.Actors.sln"))) above = above.Parent;
        return above is not null && Directory.Exists(Path.Combine(above.FullName, "runbooks")) ? Path.Combine(above.FullName, "runbooks") : null;
    }
}
