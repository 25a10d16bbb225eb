using Cavra.Actors.Dispatch;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;
using static Cavra.Actors.Grains.Dispatch.DispatchGiven;

namespace Cavra.Actors.Grains.Dispatch;

public class WorkerMatchingTests
{
    public static TheoryData<string, string?> Rows() => new()
    {
        { "all fits", null },
        { "serves the tenant among others", null },
        { "serves other tenants", "tenant" },
        { "engine inside the host, session for workers", "engine" },
        { "worker, session for the engine inside the host", "engine" },
        { "lacks a capability", "capabilities" },
        { "capability in other case", "capabilities" },
        { "other segment", "network_segment" },
        { "same segment", null },
        { "worker in any segment", null },
        { "other environment", "environment" },
        { "cannot provide the profile", "sandbox_profile" },
        { "declares no profiles", null },
        { "not registered any more", "offline" },
        { "offline", "offline" },
        { "errored", "errored" },
        { "bad 59.999 s ago", "recently_unhealthy" },
        { "bad 60 s ago", null },
        { "draining", "draining" },
        { "no channel", "no_channel" },
        { "too far away", "latency" },
        { "at the latency ceiling", null },
        { "latency unknown", null },
        { "full", "full" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void B10_Rule_IsTheFirstThatFails(string situation, string? rule)
    {
        var (worker, request) = Case(situation);

        WorkerMatching.FirstUnmetOrFull(worker, request, T0)?.Rule.ShouldBe(rule);
        if (rule is null) WorkerMatching.FirstUnmetOrFull(worker, request, T0).ShouldBeNull();
    }

    [Fact]
    public void SeveralRulesFail_TheFirstInOrderIsNamed()
    {
        var worker = Worker() with { Capabilities = [], State = WorkerState.Draining, Transport = null, CurrentLoad = 2 };

        WorkerMatching.FirstUnmetOrFull(worker, Request(1, 1, "shell"), T0)!.Value.Rule.ShouldBe("capabilities");
    }

    private static (WorkerView Worker, DispatchRequest Request) Case(string situation)
    {
        var worker = Worker();
        var request = Request(1, 1, "shell");
        return situation switch
        {
            "all fits" => (worker, request),
            "serves the tenant among others" => (worker with { Tenants = [new("x"), new("demo")] }, request),
            "serves other tenants" => (worker with { Tenants = [new("x")] }, request),
            "engine inside the host, session for workers" => (worker with { InProcess = true }, request),
            "worker, session for the engine inside the host" => (worker, request with { InProcess = true }),
            "lacks a capability" => (worker, Request(1, 1, "shell", "database")),
            "capability in other case" => (worker with { Capabilities = ["SHELL"] }, request),
            "other segment" => (worker, Needing(request, new() { NetworkSegment = "vpc-b" })),
            "same segment" => (worker, Needing(request, new() { NetworkSegment = "vpc-a" })),
            "worker in any segment" => (worker with { NetworkSegment = "any" }, Needing(request, new() { NetworkSegment = "vpc-b" })),
            "other environment" => (worker, request with { Environment = TargetEnvironment.Prod }),
            "cannot provide the profile" => (worker, request with { SandboxProfile = "prod-critical" }),
            "declares no profiles" => (worker with { Sandbox = [] }, request),
            "not registered any more" => (worker with { Registered = false }, request),
            "offline" => (worker with { State = WorkerState.Offline }, request),
            "errored" => (worker with { State = WorkerState.Errored }, request),
            "bad 59.999 s ago" => (worker with { LastBadAt = T0.AddMilliseconds(-59_999) }, request),
            "bad 60 s ago" => (worker with { LastBadAt = T0.AddSeconds(-60) }, request),
            "draining" => (worker with { State = WorkerState.Draining }, request),
            "no channel" => (worker with { Transport = null }, request),
            "too far away" => (worker with { RoundTripMs = 2001 }, Needing(request, new() { MaxLatencyMs = 2000 })),
            "at the latency ceiling" => (worker with { RoundTripMs = 2000 }, Needing(request, new() { MaxLatencyMs = 2000 })),
            "latency unknown" => (worker, Needing(request, new() { MaxLatencyMs = 1 })),
            "full" => (worker with { CurrentLoad = 2 }, request),
            _ => throw new ArgumentOutOfRangeException(nameof(situation), situation, null),
        };
    }

    private static DispatchRequest Needing(DispatchRequest request, WorkerRequirements needs) => request with { Requirements = needs };
}
