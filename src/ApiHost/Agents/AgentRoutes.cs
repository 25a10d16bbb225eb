using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.ApiHost.Identity;
using Cavra.Actors.ApiHost.OpenApi;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;

namespace Cavra.Actors.ApiHost.Agents;

/// <summary>The addresses of contract section Agent port; all of them exist on that port only.</summary>
internal sealed class AgentRoutes(Registrations registrations, CompleteStep complete, AgentSockets sockets)
{
    /// <summary>Maps the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/agent").WithMetadata(Access.Agent);
        group.Post("/register", registrations.Register, new RouteDoc("Register the certificate's worker, or update it")
        {
            Body =
            [
                new("capabilities", "What steps may ask for", true, Field.Strings), new("network_segment", "Where it stands", true), new("environments", "Which it serves", true, Field.Strings),
                new("max_concurrency", "Sessions at once; 1 when absent", false, Field.Integer), new("version", "Of the agent"), new("labels", "Free", false, Field.Object),
                new("sandbox", "Profiles that this machine can provide", false, Field.Strings), new("worker_id", "Must be the certificate's"),
            ],
            BodyExample = """{"capabilities":["shell"],"network_segment":"local","environments":["dev"],"max_concurrency":4}""",
            AnswerExample = """{"worker_id":"local-1","state":"idle","heartbeat_interval_s":15,"offline_after_s":45,"channel":"/ws/agents/local-1"}""",
            Codes = ["worker_mismatch"],
        });
        group.Post("/heartbeat", registrations.Heartbeat, new RouteDoc("A sign of life")
        {
            Body = [new("current_load", "Sessions held", true, Field.Integer), new("state", "Its own word", false, Field.OneOf(WireNames<WorkerState>.All)), new("sessions", "What it holds", false, """{"type":"array","items":{"type":"object"}}"""), new("worker_id", "Must be the certificate's")],
            BodyExample = """{"current_load":1,"sessions":[{"session_id":1,"assignment_id":"asg-1-1"}]}""",
            AnswerExample = """{"state":"idle","revoked":[]}""",
            Codes = ["worker_not_registered", "worker_mismatch"],
        });
        group.Post("/{worker_id}/complete-step", complete.Handle, new RouteDoc("A step's result, as by the channel")
        {
            Body =
            [
                new("session_id", "The session", true, Field.Integer), new("assignment_id", "The fence", true), new("step_number", "The step", true, Field.Integer), new("attempt", "Its attempt", true, Field.Integer),
                new("status", "How it ended", true, Field.OneOf(WireNames<StepOutcome>.All)), new("exit_code", "Exit code", false, Field.Integer), new("execution_ms", "Milliseconds", false, Field.Integer), new("idempotency_key", "The same for every copy"),
            ],
            BodyExample = """{"session_id":1,"assignment_id":"asg-1-1","step_number":1,"attempt":1,"status":"succeeded","exit_code":0,"execution_ms":12,"idempotency_key":"asg-1-1:1:1"}""",
            AnswerExample = """{"accepted":true,"duplicate":false}""",
            Codes = ["stale_assignment", "worker_mismatch", "not_found"],
        });
        group.Post("/{worker_id}/drain", registrations.Drain, new RouteDoc("Finish what it has, take nothing new") { Answer = typeof(WorkerView), Codes = ["worker_mismatch", "worker_not_registered"] });
        group.Delete("/{worker_id}", registrations.Unregister, new RouteDoc("Leave") { Answer = typeof(WorkerView), Codes = ["worker_mismatch", "worker_has_sessions", "worker_not_registered"] });
        routes.MapGroup("/ws/agents").WithMetadata(Access.Agent).Get("/{worker_id}", sockets.Handle, new RouteDoc("The worker's queue, both ways, over WebSocket") { Status = 101, Codes = ["worker_mismatch", "worker_not_registered"] });
    }
}
