using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Operations;

/// <summary>The installation's switches: rows in the store, all of them in memory.</summary>
internal sealed class FeatureFlagsGrain(IFeatureFlagStore store, FeatureFlagDefaults defaults, TimeProvider time) : Grain, IFeatureFlags
{
    private ImmutableDictionary<(string Name, TenantId? Tenant), FeatureFlagRow> _rows = ImmutableDictionary<(string, TenantId?), FeatureFlagRow>.Empty;

    public override async Task OnActivateAsync(CancellationToken cancellationToken) =>
        _rows = (await store.All()).ToImmutableDictionary(r => (r.Name, r.Tenant));

    public Task<bool> IsEnabled(string name, TenantId tenant) => Task.FromResult(View(name, tenant)?.Enabled ?? false);

    public Task<ImmutableArray<FeatureFlagView>> List(TenantId tenant) =>
        Task.FromResult<ImmutableArray<FeatureFlagView>>([.. defaults.Values.Keys.Select(name => View(name, tenant)!)]);

    public async Task<FeatureFlagReply> Set(Actor actor, string name, bool enabled, bool global, string reason, string? traceId)
    {
        if (!defaults.Values.ContainsKey(name))
            return new FeatureFlagReply(null, Refusal.Of("not_found", $"There is no feature flag {name}. There are: {string.Join(", ", defaults.Values.Keys)}."));
        var now = time.GetUtcNow();
        var row = new FeatureFlagRow(name, global ? null : actor.Tenant, enabled, actor.Subject, now);
        var scope = global ? "global" : "tenant";
        var audit = new AuditEntry(now, actor.Subject, actor.Tenant, "feature_flag.set", name, "ok", actor.Ip, traceId, $"{(enabled ? "on" : "off")} ({scope}): {reason}");
        if (await store.Save(row, audit) != AppendOutcome.Committed)
            return new FeatureFlagReply(null, Refusal.Of("unavailable", "The database did not take the change; nothing was changed. Try again."));
        _rows = _rows.SetItem((name, row.Tenant), row);
        return new FeatureFlagReply(View(name, actor.Tenant));
    }

    private FeatureFlagView? View(string name, TenantId tenant)
    {
        if (!defaults.Values.TryGetValue(name, out var first)) return null;
        if (_rows.TryGetValue((name, tenant), out var own)) return new(name, own.Enabled, "tenant", own.UpdatedBy, own.UpdatedAt);
        if (_rows.TryGetValue((name, null), out var global)) return new(name, global.Enabled, "global", global.UpdatedBy, global.UpdatedAt);
        return new(name, first, "global", null, null);
    }
}
