namespace Cavra.Actors.Runbooks;

internal static class RunbookSamples
{
    /// <summary>The sample of the contract, section Runbooks, with its dots filled in.</summary>
    public const string Contract = """
        runbook_id: rb-disk-pressure        # rb-...
        title: Free space on a full volume
        owner: sre
        match: {ticket_prefix: "INC-", service: storage}
        environments: [dev, staging, prod]
        inputs: [{name: path, type: string, required: true, pattern: "^/[A-Za-z0-9/_-]+$"}]
        worker_requirements: {capabilities: [shell], network_segment: any, max_latency_ms: 2000}
        prechecks:
          - {name: Look, command: [df, -h, "{{inputs.path}}"], idempotent: true}
        steps:
          - name: Rotate logs
            command: ["/usr/sbin/logrotate", "-f", "{{inputs.path}}"]   # argv
            timeout: 60s
            blast_radius: low
            critical: false
            destructive: false
            idempotent: true
            irreversible: false
            confidence_score: 0.97
            auto_approve_threshold: 0.95
            requires_rollback: true
            rollback: {command: [ls, "{{inputs.path}}"], conditions: [failure]}
            retry: {max_attempts: 1, backoff: 5s}
            credentials: [cred-prod-db-primary]
            expect: {exit_code: 0, stdout_matches: "..."}
        postchecks:
          - {name: Look again, command: [df, -h, "{{inputs.path}}"]}
        """;

    /// <summary>A small runbook whose step has the given extra lines.</summary>
    public static string WithStep(string lines, string command = "[echo, hello]", string head = "") => $"""
        runbook_id: rb-test
        title: Test
        {head}
        steps:
          - name: One
            command: {command}
        {Indent(lines, "    ")}
        """;

    public static Runbook Load(string yaml)
    {
        var loaded = RunbookLoader.Load(yaml);
        loaded.Problems.ShouldBeEmpty();
        return loaded.Runbook!;
    }

    private static string Indent(string lines, string by) => string.Join('\n', lines.Split('\n').Select(l => by + l));
}
