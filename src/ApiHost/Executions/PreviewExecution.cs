using System.Text.Json;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.ApiHost.Identity;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.ApiHost.Executions;

/// <summary><c>POST /api/v1/executions/preview</c>: the sheet that is shown before a start; nothing is made.</summary>
internal sealed class PreviewExecution(IGrainFactory grains)
{
    /// <summary>Answers 200 with the plan, also when it may not start, or the refusal when there is no plan at all.</summary>
    public async Task Handle(HttpContext context)
    {
        var actor = Caller.Of(context).Actor;
        using var body = await RequestBody.Object(context);
        if (body is null) return;
        var request = PlanFields.Read(body, actor);
        // The body is that of create; a key has nothing to repeat here.
        body.Text("idempotency_key", 255);
        if (!await body.IsGood(context)) return;
        var reply = await grains.GetGrain<IRunbookCatalog>(actor.Tenant.Value).Plan(request);
        if (reply.Plan is not { } plan)
            await ProblemAnswer.Write(context, reply.Problems[0]);
        else
            await Answer.Json(context, StatusCodes.Status200OK, json => Sheet(json, plan, reply));
    }

    private static void Sheet(Utf8JsonWriter json, SessionPlan plan, PlanReply reply)
    {
        json.WriteStartObject();
        json.WriteString("runbook_id", plan.RunbookId);
        json.WriteNumber("runbook_version", plan.RunbookVersion);
        json.WriteString("runbook_digest", plan.RunbookDigest);
        json.WriteString("title", plan.Title);
        Member(json, "environment_profile", plan.EnvironmentProfile);
        Member(json, "environment", plan.Environment);
        Member(json, "validation_mode", plan.ValidationMode);
        json.WriteBoolean("startable", reply.Problems.Length == 0);
        json.WriteStartArray("problems");
        foreach (var problem in reply.Problems)
        {
            json.WriteStartObject();
            json.WriteString("code", problem.Code);
            json.WriteString("detail", problem.Detail);
            Member(json, "rules", problem.Rules);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("rollback_plan");
        foreach (var step in plan.Steps.Reverse().Where(s => s.Rollback is not null))
        {
            json.WriteStartObject();
            json.WriteNumber("step_number", step.Number);
            Member(json, "command", step.Rollback!.Command);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (plan.PointOfNoReturn is { } point) json.WriteNumber("point_of_no_return", point);
        else json.WriteNull("point_of_no_return");
        json.WriteStartArray("steps");
        foreach (var step in plan.Steps) Step(json, plan, step, reply);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Step(Utf8JsonWriter json, SessionPlan plan, PlannedStep step, PlanReply reply)
    {
        json.WriteStartObject();
        json.WriteNumber("step_number", step.Number);
        json.WriteString("name", step.Name);
        Member(json, "phase", step.Phase);
        Member(json, "command", step.Command);
        Member(json, "verdict", step.Decision.Verdict);
        Member(json, "rules", step.Decision.Rules);
        json.WriteString("reason", step.Decision.Reason);
        json.WritePropertyName("gate");
        Gate(json, plan, step, reply);
        Member(json, "blast_radius", step.BlastRadius);
        json.WriteString("sandbox_profile", step.SandboxProfile);
        Texts(json, "controls", reply.Controls);
        Texts(json, "credentials", step.Credentials.Select(c => c.Id));
        Texts(json, "writable", step.Writable);
        Texts(json, "network", step.Network);
        Texts(json, "targets", step.Targets);
        json.WritePropertyName("rollback");
        if (step.Rollback is { } rollback)
        {
            json.WriteStartObject();
            Member(json, "command", rollback.Command);
            Texts(json, "conditions", rollback.Conditions);
            if (step.RollbackDecision is { } decision) Member(json, "verdict", decision.Verdict);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNullValue();
        }

        json.WriteBoolean("irreversible", step.Irreversible);
        json.WriteString("digest", step.Digest);
        json.WriteEndObject();
    }

    private static void Gate(Utf8JsonWriter json, SessionPlan plan, PlannedStep step, PlanReply reply)
    {
        var index = -1;
        for (var i = 0; i < plan.Gates.Length && index < 0; i++)
        {
            if (plan.Gates[i].StepNumbers.Contains(step.Number)) index = i;
        }

        if (index < 0)
        {
            json.WriteNullValue();
            return;
        }

        var gate = plan.Gates[index];
        json.WriteStartObject();
        json.WriteString("quorum", gate.Quorum);
        json.WriteBoolean("automatic", gate.Automatic);
        Texts(json, "eligible", index < reply.EligiblePerGate.Length ? reply.EligiblePerGate[index] : []);
        Member(json, "rules", gate.Rules);
        json.WriteEndObject();
    }

    private static void Member<T>(Utf8JsonWriter json, string name, T value)
    {
        json.WritePropertyName(name);
        JsonSerializer.Serialize(json, value, Wire<T>.Info);
    }

    private static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
