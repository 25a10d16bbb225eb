namespace Cavra.Actors.Cli.Tests.StandIn;

/// <summary>Answers in the contract's shapes.</summary>
internal static class Samples
{
    internal static string Session(string state = "queued", string? reason = null, long lastEvent = 1, string stepName = "Look", string approvals = "[]") => $$"""
        {"session_id":7,"tenant_id":"demo","ticket_id":"INC-1","runbook_id":"rb-disk-pressure","runbook_version":3,"runbook_digest":"abc","state":"{{state}}",
         "reason":{{(reason is null ? "null" : $"\"{reason}\"")}},"validation_mode":"critical_only","environment":"dev","environment_profile":"dev-flex","worker_id":"local-1",
         "current_step":1,"last_event_seq":{{lastEvent}},"requested_by":"ann","created_at":"2026-01-02T03:04:05.678Z","started_at":null,"completed_at":null,"some_new_field":{"x":1},
         "steps":[{"step_number":1,"name":"{{stepName}}","phase":"precheck","state":"succeeded","reason":null,"outcome":"succeeded","command":["df","-h","a b"],"exit_code":0,"execution_ms":12,"blast_radius":"low"},
                  {"step_number":2,"name":"Clean","phase":"main","state":"pending","reason":null,"outcome":null,"command":"rm -f /work/x","exit_code":null,"execution_ms":null,"blast_radius":"medium"}],
         "approvals":{{approvals}},"outputs":{"1":{"stdout_tail":"all is well\n","stderr_tail":"","bytes":12,"truncated":false} } }
        """;

    internal static string Approval(int step, string state = "notified") => $$"""
        {"approval_id":"appr-7-1","step_numbers":[{{step}}],"state":"{{state}}","digest":"d1","quorum":"1 of approver","votes":[],"requested_at":"2026-01-02T03:04:05.678Z","expires_at":"2026-01-02T03:34:05.678Z","escalated_from":null}
        """;

    internal static string Event(long id, string kind, string payload = "{}", int? step = null) => $$"""
        {"event":"{{kind}}","event_id":{{id}},"session_id":7,"step_number":{{step?.ToString() ?? "null"}},"timestamp":"2026-01-02T03:04:0{{id % 10}}.000Z","payload":{{payload}},"meta":{"worker_id":"local-1","actor":"ann"} }
        """;

    internal static string Output(long id, int step, string data, string stream = "stdout") =>
        Event(id, "execution.step.output", $$"""{"stream_seq":{{id}},"chunk_type":"{{stream}}","data":{{System.Text.Json.JsonSerializer.Serialize(data)}}}""", step);
}
