using System.Collections.Immutable;
using System.Text.Json;
using Cavra.Actors.ApiHost.Hosting;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;

namespace Cavra.Actors.ApiHost.Agents;

/// <summary>Register, heartbeat, drain, leave: what a worker says of itself.</summary>
internal sealed class Registrations(IGrainFactory grains, ApiSettings settings)
{
    private const int MaxItems = 64;
    private const int MaxName = 128;
    private const int MaxConcurrency = 1000;
    private const int MaxHeld = 1000;

    /// <summary><c>POST /api/v1/agent/register</c>.</summary>
    public async Task Register(HttpContext context)
    {
        var identity = AgentIdentity.Of(context);
        using var body = await RequestBody.Object(context);
        if (body is null) return;
        var named = body.Name("worker_id", MaxName);
        var registration = new AgentRegistration
        {
            WorkerId = identity.Worker.Value,
            Capabilities = [.. body.Names("capabilities", MaxItems, MaxName, required: true) ?? []],
            NetworkSegment = body.Name("network_segment", MaxName, required: true) ?? "",
            Environments = Environments(body),
            MaxConcurrency = body.Integer("max_concurrency", 1, MaxConcurrency) ?? 1,
            Version = body.Name("version", MaxName),
            Labels = Labels(body),
            Sandbox = [.. body.Names("sandbox", MaxItems, MaxName) ?? []],
            CertificateKey = identity.CertificateKey,
            Tenants = identity.Tenants,
        };
        if (!await body.IsGood(context) || !await identity.IsOwn(context, named)) return;
        var reply = await Grain(identity).Register(registration);
        if (reply.Refusal is { } refusal)
        {
            await ProblemAnswer.Write(context, refusal);
            return;
        }

        await Answer.Json(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteString("worker_id", identity.Worker.Value);
            json.WriteString("state", WireNames<WorkerState>.Name(reply.View!.State));
            json.WriteNumber("heartbeat_interval_s", Math.Max(1, (int)settings.WorkerHeartbeat.TotalSeconds));
            json.WriteNumber("offline_after_s", Math.Max(1, (int)settings.WorkerOfflineAfter.TotalSeconds));
            json.WriteString("channel", "/ws/agents/" + identity.Worker.Value);
            json.WriteEndObject();
        });
    }

    /// <summary><c>POST /api/v1/agent/heartbeat</c>.</summary>
    public async Task Heartbeat(HttpContext context)
    {
        var identity = AgentIdentity.Of(context);
        using var body = await RequestBody.Object(context);
        if (body is null) return;
        var named = body.Name("worker_id", MaxName);
        var heartbeat = new AgentHeartbeat
        {
            WorkerId = identity.Worker.Value,
            State = body.OneOf<WorkerState>("state"),
            CurrentLoad = body.Integer("current_load", 0, MaxConcurrency * 10, required: true) ?? 0,
            Sessions = Held(body),
        };
        if (!await body.IsGood(context) || !await identity.IsOwn(context, named)) return;
        var reply = await Grain(identity).Heartbeat(heartbeat);
        if (reply.State is null) await NotRegistered(context);
        else await Answer.Json(context, StatusCodes.Status200OK, reply);
    }

    /// <summary><c>POST /api/v1/agent/{worker_id}/drain</c>.</summary>
    public Task Drain(HttpContext context) => Change(context, (worker, identity) => worker.Drain(identity.Actor, "asked by the worker"));

    /// <summary><c>DELETE /api/v1/agent/{worker_id}</c>.</summary>
    public Task Unregister(HttpContext context) => Change(context, (worker, _) => worker.Unregister());

    /// <summary>Answers that the worker is not registered.</summary>
    public static Task NotRegistered(HttpContext context) => ProblemAnswer.Write(context, "worker_not_registered", "Register first: POST /api/v1/agent/register.");

    private async Task Change(HttpContext context, Func<IAgentWorker, AgentIdentity, Task<WorkerReply>> change)
    {
        var identity = AgentIdentity.Of(context);
        if (!await identity.IsOwn(context, context.Request.RouteValues["worker_id"] as string)) return;
        var worker = Grain(identity);
        if (await worker.View() is null)
        {
            await NotRegistered(context);
            return;
        }

        var reply = await change(worker, identity);
        if (reply.Refusal is { } refusal) await ProblemAnswer.Write(context, refusal);
        else if (reply.View is { } view) await Answer.Json(context, StatusCodes.Status200OK, view);
        else context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static ImmutableArray<TargetEnvironment> Environments(JsonBody body)
    {
        var environments = ImmutableArray.CreateBuilder<TargetEnvironment>();
        foreach (var name in body.Names("environments", 3, MaxName, required: true) ?? [])
        {
            if (WireNames<TargetEnvironment>.TryParse(name, out var environment)) environments.Add(environment);
            else body.Fail("environments", "each item must be one of " + WireNames<TargetEnvironment>.All);
        }

        return environments.ToImmutable();
    }

    private static ImmutableSortedDictionary<string, string> Labels(JsonBody body)
    {
        var labels = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        if (body.Element("labels", JsonValueKind.Object) is not { } given) return labels.ToImmutable();
        foreach (var label in given.EnumerateObject())
        {
            if (label.Value.ValueKind != JsonValueKind.String || label.Name.Length > MaxName || label.Value.GetString()!.Length > MaxName) body.Fail("labels", $"each member must be text of at most {MaxName} characters");
            else labels[label.Name] = label.Value.GetString()!;
        }

        if (labels.Count > MaxItems) body.Fail("labels", $"must have at most {MaxItems} members");
        return labels.ToImmutable();
    }

    private static ImmutableArray<HeldSession> Held(JsonBody body)
    {
        if (body.Element("sessions", JsonValueKind.Array) is not { } given) return [];
        if (given.GetArrayLength() > MaxHeld)
        {
            body.Fail("sessions", $"must have at most {MaxHeld} items");
            return [];
        }

        var held = ImmutableArray.CreateBuilder<HeldSession>(given.GetArrayLength());
        foreach (var item in given.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.Object
                && item.TryGetProperty("session_id", out var session) && session.ValueKind == JsonValueKind.Number && session.TryGetInt64(out var number) && number > 0
                && item.TryGetProperty("assignment_id", out var assignment) && assignment.ValueKind == JsonValueKind.String && assignment.GetString() is { Length: > 0 and <= MaxName } id)
                held.Add(new HeldSession(new SessionId(number), new AssignmentId(id)));
            else
                body.Fail("sessions", "each item must be {session_id, assignment_id}");
        }

        return held.ToImmutable();
    }

    private IAgentWorker Grain(AgentIdentity identity) => grains.GetGrain<IAgentWorker>(identity.Worker.Value);
}
