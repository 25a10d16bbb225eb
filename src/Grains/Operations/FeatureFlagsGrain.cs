using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Operations;

/// <summary>Flags in memory, written through. A tenant's own setting comes before the global one, that before the configured first value.</summary>
internal sealed class FeatureFlagsGrain(IFeatureFlagStore store, FeatureFlagDefaults defaults, TimeProvider time) : Grain, IFeatureFlags
{
    private readonly Dictionary<(string Name, TenantId? Tenant), FeatureFlagRow> _rows = [];

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        foreach (var row in await store.All()) _rows[(row.Name, row.Tenant)] = row;
    }

    public Task<bool> IsEnabled(string name, TenantId tenant) => Task.FromResult(Find(name, tenant)?.Enabled ?? defaults.Values.GetValueOrDefault(name));

    public Task<ImmutableArray<FeatureFlagView>> List(TenantId tenant) =>
        Task.FromResult(defaults.Values.Keys.Select(name => View(name, tenant)).ToImmutableArray());

    public async Task<FeatureFlagReply> Set(Actor actor, string name, bool enabled, bool global, string reason, string? traceId)
    {
        if (!defaults.Values.ContainsKey(name)) return new(null, Refusal.Of("not_found", $"There is no flag {name}."));
        var row = new FeatureFlagRow(name, global ? null : actor.Tenant, enabled, actor.Subject, time.GetUtcNow());
        var detail = $"{(global ? "global" : "tenant")} {(enabled ? "on" : "off")}: {reason}";
        var outcome = await store.Save(row, new AuditEntry(row.UpdatedAt, actor.Subject, actor.Tenant, "feature_flag.set", name, "ok", null, traceId, detail));
        if (outcome != AppendOutcome.Committed)
        {
            DeactivateOnIdle();
            return new(null, Refusal.Of("unavailable", "The flag could not be stored. Try again."));
        }

        _rows[(name, row.Tenant)] = row;
        return new(View(name, actor.Tenant));
    }

    private FeatureFlagRow? Find(string name, TenantId tenant) =>
        _rows.TryGetValue((name, tenant), out var own) || _rows.TryGetValue((name, null), out own) ? own : null;

    private FeatureFlagView View(string name, TenantId tenant) => Find(name, tenant) is { } row
        ? new(name, row.Enabled, row.Tenant is null ? "global" : "tenant", row.UpdatedBy, row.UpdatedAt)
        : new(name, defaults.Values[name], "global", null, null);
}
