using System.Globalization;
using Cavra.Actors.Workers;

namespace Cavra.Actors.Dispatch;

/// <summary>A rule that a worker does not meet, in plain words.</summary>
internal readonly record struct UnmetRule(string Rule, string Detail);

/// <summary>
/// Whether a worker may hold a session: a pure function of both and the time (ARCHITECTURE section 3, Dispatch; hazard B10). The first rule that fails is
/// the answer of <c>why</c>; room and load come after all of them.
/// </summary>
internal static class WorkerMatching
{
    /// <summary>A worker found errored or offline is not chosen for this long (spec 7.1).</summary>
    public static readonly TimeSpan BadFor = TimeSpan.FromSeconds(60);

    /// <summary>The first rule that fails; null when the worker fits. Load is not looked at.</summary>
    public static UnmetRule? FirstUnmet(WorkerView worker, DispatchRequest request, DateTimeOffset now) =>
        Belonging(worker, request) ?? Offering(worker, request) ?? Health(worker, now) ?? Reach(worker, request);

    /// <summary>The same with room as the last rule, for people.</summary>
    public static UnmetRule? FirstUnmetOrFull(WorkerView worker, DispatchRequest request, DateTimeOffset now) =>
        FirstUnmet(worker, request, now)
        ?? (worker.CurrentLoad < worker.MaxConcurrency ? null : new("full", Text($"holds {worker.CurrentLoad} of {worker.MaxConcurrency} sessions")));

    /// <summary>When a worker that only its recent past excludes may be chosen again; null when that is not so.</summary>
    public static DateTimeOffset? HealthyFrom(WorkerView worker, DateTimeOffset now) =>
        worker.LastBadAt + BadFor is { } from && from > now ? from : null;

    private static UnmetRule? Belonging(WorkerView worker, DispatchRequest request)
    {
        if (!worker.Tenants.IsEmpty && !worker.Tenants.Contains(request.Tenant)) return new("tenant", "serves other tenants");
        if (request.InProcess && !worker.InProcess) return new("engine", "the session runs on the engine inside the host");
        return !request.InProcess && worker.InProcess ? new("engine", "the engine inside the host takes only sessions started while worker orchestration is off") : null;
    }

    private static UnmetRule? Offering(WorkerView worker, DispatchRequest request)
    {
        var needs = request.Requirements;
        foreach (var capability in needs.Capabilities)
        {
            if (!Has(worker, capability)) return new("capabilities", $"lacks {capability}");
        }

        if (needs.NetworkSegment != "any" && worker.NetworkSegment != "any" && needs.NetworkSegment != worker.NetworkSegment)
            return new("network_segment", $"is in {worker.NetworkSegment}, {needs.NetworkSegment} is needed");
        if (!worker.Environments.Contains(request.Environment))
            return new("environment", $"does not serve {request.Environment.ToString().ToLowerInvariant()}");

        // A worker that declares no profile at all leaves it to its pre-flight check. Credential scope needs no rule of its own: the plan compiler made
        // it part of environment and capabilities.
        return worker.Sandbox.IsEmpty || worker.Sandbox.Contains(request.SandboxProfile, StringComparer.Ordinal)
            ? null
            : new("sandbox_profile", $"cannot provide {request.SandboxProfile}");
    }

    private static UnmetRule? Health(WorkerView worker, DateTimeOffset now)
    {
        if (!worker.Registered) return new("offline", "not registered");
        if (worker.State is WorkerState.Offline) return new("offline", worker.Reason ?? "no heartbeat");
        if (worker.State is WorkerState.Errored) return new("errored", worker.Reason ?? "reported a fault");
        return HealthyFrom(worker, now) is { } from
            ? new("recently_unhealthy", Text($"was errored or offline until {worker.LastBadAt:HH:mm:ss}; used again from {from:HH:mm:ss} UTC"))
            : null;
    }

    private static UnmetRule? Reach(WorkerView worker, DispatchRequest request)
    {
        if (worker.State is WorkerState.Draining) return new("draining", worker.Reason ?? "takes no new sessions");
        if (worker.Transport is null) return new("no_channel", "no channel is open to the worker");
        return request.Requirements.MaxLatencyMs is { } ceiling && worker.RoundTripMs is { } roundTrip && roundTrip > ceiling
            ? new("latency", Text($"round trip {roundTrip} ms, at most {ceiling} ms allowed"))
            : null;
    }

    private static bool Has(WorkerView worker, string capability) => worker.Capabilities.Contains(capability, StringComparer.Ordinal);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
