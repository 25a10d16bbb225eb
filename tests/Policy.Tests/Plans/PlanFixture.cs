using System.Collections.Immutable;
using Cavra.Actors.Policy;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Sessions;
using Cavra.Actors.Subjects;

namespace Cavra.Actors.Plans;

internal static class PlanFixture
{
    public static readonly Subject[] Directory =
    [
        new("operator", ["operator"]),
        new("approver", ["approver", "sre"]),
        new("approver2", ["approver", "sre", "dba"]),
        new("operator_approver", ["operator", "approver", "sre"]),
        new("admin", ["admin"]),
    ];

    /// <summary>A runbook of one precheck, the given main steps and one postcheck; every main step has a rollback unless it says otherwise.</summary>
    public static CompileRequest Request(
        EnvironmentProfile profile, ValidationMode? mode = null, string step = "", string command = "[echo, hello]", string head = "", bool rollback = true,
        IReadOnlyDictionary<string, KnownCredential>? credentials = null, params (string Name, string Json)[] inputs)
    {
        var runbook = RunbookSamples.Load($"""
            runbook_id: rb-test
            title: Test
            {head}
            prechecks:
              - {Line("name: Before, command: [df], idempotent: true, confidence_score: 0.99")}
            steps:
              - name: Work
                command: {command}
                {(rollback ? "rollback: {command: [echo, back]}" : "")}
            {string.Join('\n', step.Split('\n').Select(l => "    " + l))}
            postchecks:
              - {Line("name: After, command: [df], confidence_score: 0.99")}
            """);
        return new CompileRequest
        {
            Runbook = runbook,
            Version = 3,
            RunbookDigest = RunbookCanonical.Digest(runbook),
            Profile = profile,
            Mode = mode,
            Policy = PolicyData.Default,
            Credentials = credentials,
            InputsJson = inputs.ToImmutableSortedDictionary(i => i.Name, i => i.Json),
        };
    }

    public static SessionPlan Plan(CompileRequest request)
    {
        var compiled = PlanCompiler.Compile(request);
        compiled.Problems.ShouldBeEmpty();
        return compiled.Plan!;
    }

    public static string[] Codes(CompileRequest request) => [.. PlanCompiler.Compile(request).Problems.Select(p => p.Code)];

    private static string Line(string fields) => "{" + fields + "}";
}
