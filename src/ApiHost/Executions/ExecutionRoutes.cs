using Cavra.Actors.ApiHost.Executions.Events;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.ApiHost.Identity;
using Cavra.Actors.ApiHost.OpenApi;
using Cavra.Actors.Queries;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.ApiHost.Executions;

/// <summary>The addresses of contract section Executions.</summary>
internal sealed class ExecutionRoutes(CreateExecution create, PreviewExecution preview, SessionCommands commands, ReadExecutions read, ReadEvents events, EventSockets sockets)
{
    private static readonly Field Reason = new("reason", "Why", Required: true);
    private static readonly string[] CreateCodes =
    [
        "runbook_not_found", "ticket_busy", "validation_mode_not_allowed", "inputs_invalid", "quorum_unsatisfiable", "runbook_not_derivable", "policy_denied", "rollback_required",
        "environment_not_allowed", "unknown_credential", "credential_scope", "idempotency_key_reused", "idempotency_in_progress",
    ];

    /// <summary>Maps the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/executions").WithMetadata(Access.Read);
        Starts(group);
        Commands(group);
        Reads(group);
        routes.MapGroup("/ws/executions").WithMetadata(Access.Socket).Get("/{id}", sockets.Handle, new RouteDoc("Events of a session, live, over WebSocket")
        {
            Status = 101,
            Query = [new("last_event_id", "Resume after this event", Schema: Field.Integer)],
            Codes = ["origin_not_allowed"],
        });
    }

    private void Starts(IEndpointRouteBuilder group)
    {
        group.Post("", create.Handle, new RouteDoc("Start a session")
        {
            Status = 201,
            Answer = typeof(SessionView),
            Body = [.. PlanFields.Fields, new("idempotency_key", "The same as the header Idempotency-Key")],
            BodyExample = PlanFields.Example,
            Codes = [.. CreateCodes],
            Idempotent = true,
        }).WithMetadata(Access.Operator);
        group.Post("/preview", preview.Handle, new RouteDoc("What would run, and who must agree; nothing is made")
        {
            Body = PlanFields.Fields,
            BodyExample = PlanFields.Example,
            AnswerExample = """{"runbook_id":"rb-disk-pressure","runbook_version":1,"startable":true,"problems":[],"steps":[]}""",
            Codes = ["runbook_not_found", "runbook_not_derivable", "inputs_invalid"],
        }).WithMetadata(Access.Operator);
    }

    private void Commands(IEndpointRouteBuilder group)
    {
        group.Post("/{id}/approve", commands.Approve, new RouteDoc("Vote on the gate of a step")
        {
            Answer = typeof(SessionView),
            Body =
            [
                new("step_number", "Any step of the gate", true, Field.Integer), new("approved", "For or against", true, Field.Boolean), new("notes", "Why"),
                new("approver_role", "The role in which the vote counts; must be held"), new("approval_id", "The task that was seen"), new("digest", "The digest that was seen"),
            ],
            BodyExample = """{"step_number":2,"approved":true,"notes":"checked the volume"}""",
            Codes =
            [
                "self_approval", "role_not_held", "not_eligible", "no_such_step", "already_decided", "not_awaiting_approval", "digest_mismatch", "already_voted", "approval_expired", "already_ended",
            ],
            Idempotent = true,
        }).WithMetadata(Access.Approver);
        group.Post("/{id}/directive", commands.Direct, new RouteDoc("Answer a paused session")
        {
            Answer = typeof(SessionView),
            Body = [new("directive", "What to do", true, Field.OneOf(WireNames<DirectiveKind>.All)), Reason],
            BodyExample = """{"directive":"retry","reason":"the volume is mounted again"}""",
            Codes = ["not_paused", "already_ended"],
            Idempotent = true,
        }).WithMetadata(Access.Operator);
        Command(group, "/{id}/pause", commands.Pause, "Stop before the next step", 200, [Reason]);
        Command(group, "/{id}/cancel", commands.Cancel, "End now; the running process tree is killed", 200, [Reason]);
        Command(group, "/{id}/rollback", commands.RollBack, "Take back one step, or all that ran in reverse", 202, [new("step_number", "Only this step", false, Field.Integer), Reason]);
    }

    private static void Command(IEndpointRouteBuilder group, string pattern, RequestDelegate handler, string summary, int status, Field[] body) =>
        group.Post(pattern, handler, new RouteDoc(summary)
        {
            Status = status,
            Answer = typeof(SessionView),
            Body = [.. body],
            BodyExample = """{"reason":"wrong volume"}""",
            Codes = ["already_ended"],
            Idempotent = true,
        }).WithMetadata(Access.Operator);

    private void Reads(IEndpointRouteBuilder group)
    {
        group.Get("", read.List, new RouteDoc("Sessions, newest first")
        {
            Answer = typeof(Page<SessionView>),
            Query =
            [
                new("state", "Only this state", Schema: Field.OneOf(WireNames<SessionState>.All)), new("ticket_id", "Only this ticket"), new("environment", "Only this environment", Schema: Field.OneOf(WireNames<TargetEnvironment>.All)),
                new("worker_id", "Only on this worker"), new("requested_by", "Only from this subject"), new("since", "Only made since this time"), .. Field.Page,
            ],
        });
        group.Get("/{id}", read.Get, new RouteDoc("A session") { Answer = typeof(SessionView), Query = [new("at", "As it was after this event", Schema: Field.Integer)], Codes = ["no_such_event"] });
        group.Get("/{id}/why", read.Why, new RouteDoc("Why it does not run") { Answer = typeof(Dispatch.WhyView) });
        group.Get("/{id}/steps/{step}/output", read.Output, new RouteDoc("A step's output, redacted")
        {
            AnswerType = "text/plain",
            Query = [new("stream", "Which one", Schema: Field.OneOf("stdout, stderr, all")), new("offset", "First byte", Schema: Field.Integer), new("limit", "Most bytes", Schema: Field.Integer)],
            Codes = ["no_such_step"],
        });
        group.Get("/{id}/events", events.Handle, new RouteDoc("Stored events, oldest first; with wait a long poll")
        {
            Query = [new("since", "After this event", Schema: Field.Integer), new("limit", "Most events, 1..1000", Schema: Field.Integer), new("wait", "Seconds to wait for the first, 0..25", Schema: Field.Integer)],
            AnswerExample = """{"events":[{"event":"session.created","event_id":1,"session_id":1,"step_number":null,"timestamp":"2026-01-31T12:00:00.000Z","payload":{},"meta":{}}],"next":1,"last_event_seq":1,"end":false}""",
        });
    }
}
