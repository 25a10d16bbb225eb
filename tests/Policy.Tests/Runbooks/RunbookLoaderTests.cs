using System.Text;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Runbooks;

public sealed class RunbookLoaderTests
{
    [Fact]
    public void ContractSample_Loaded_HasEveryField()
    {
        var runbook = RunbookSamples.Load(RunbookSamples.Contract);

        runbook.RunbookId.ShouldBe("rb-disk-pressure");
        runbook.Match.ShouldBe(new RunbookMatch("INC-", "storage"));
        runbook.Inputs.ShouldHaveSingleItem().Required.ShouldBeTrue();
        runbook.WorkerRequirements.MaxLatencyMs.ShouldBe(2000);
        var step = runbook.Steps.ShouldHaveSingleItem();
        step.Timeout.ShouldBe(TimeSpan.FromSeconds(60));
        step.ConfidenceScore.ShouldBe(0.97);
        step.MaxRetries.ShouldBe(1);
        step.Credentials.ShouldHaveSingleItem().ShouldBe(new StepCredential("cred-prod-db-primary", null, TimeSpan.FromMinutes(5)));
        step.Rollback!.Command.Argv.ShouldBe(["ls", "{{inputs.path}}"]);
        runbook.Numbered().Select(s => s.Phase).ShouldBe([StepPhase.Precheck, StepPhase.Main, StepPhase.Postcheck]);
    }

    [Fact]
    public void SmallestRunbook_Loaded_HasTheContractsDefaults()
    {
        var runbook = RunbookSamples.Load("{runbook_id: rb-a, title: T, steps: [{name: S, command: [sleep, 5, true]}]}");

        var step = runbook.Steps[0];
        step.Command.Argv.ShouldBe(["sleep", "5", "true"]);
        step.Timeout.ShouldBe(TimeSpan.FromMinutes(5));
        step.Cwd.ShouldBe("/work");
        step.BlastRadius.ShouldBe(BlastRadius.Low);
        step.ConfidenceScore.ShouldBe(0);
        step.AutoApproveThreshold.ShouldBe(0.95);
        step.RequiresRollback.ShouldBeFalse();
        step.MaxRetries.ShouldBeNull();
        runbook.Environments.ShouldBe([TargetEnvironment.Dev, TargetEnvironment.Staging, TargetEnvironment.Prod]);
        runbook.WorkerRequirements.NetworkSegment.ShouldBe("any");
    }

    [Theory]
    [InlineData("rollback: {command: [\"true\"]}", true)]
    [InlineData("rollback: {command: [\"true\"], conditions: [manual]}", false)]
    [InlineData("rollback: {command: [\"true\"]}\nrequires_rollback: false", false)]
    public void Rollback_WithoutTheFlag_IsAutomaticWhenItsConditionsSayFailure(string lines, bool required) =>
        RunbookSamples.Load(RunbookSamples.WithStep(lines)).Steps[0].RequiresRollback.ShouldBe(required);

    [Theory]
    [InlineData("tittle: x", "tittle", "Did you mean title?")]
    [InlineData("bogus_field_here: x", "bogus_field_here", "Unknown field bogus_field_here.")]
    public void UnknownField_Loaded_IsNamedWithTheNearestOne(string line, string path, string message)
    {
        var problem = Problem($"runbook_id: rb-a\ntitle: T\n{line}\nsteps: [{{name: S, command: [ls]}}]");
        (problem.Line, problem.Column, problem.Path).ShouldBe((3, 1, path));
        problem.Message.ShouldContain(message);
    }

    [Theory]
    [InlineData("timeout: 60", "steps[0].timeout", "needs a unit")]
    [InlineData("timeout: soon", "steps[0].timeout", "not a duration")]
    [InlineData("timeout: 48h", "steps[0].timeout", "between 1s and 24h")]
    [InlineData("critical: \"yes\"", "steps[0].critical", "true or false")]
    [InlineData("confidence_score: \"0.99\"", "steps[0].confidence_score", "a number, not text")]
    [InlineData("confidence_score: .nan", "steps[0].confidence_score", "a number, not text")]
    [InlineData("confidence_score: 1.5", "steps[0].confidence_score", "between 0 and 1")]
    [InlineData("blast_radius: hihg", "steps[0].blast_radius", "Did you mean high?")]
    [InlineData("retry: {max_attempts: -1}", "steps[0].retry.max_attempts", "between 0 and 10")]
    [InlineData("expect: {exit_code: 256}", "steps[0].expect.exit_code", "between 0 and 255")]
    [InlineData("expect: {stdout_matches: \"(\"}", "steps[0].expect.stdout_matches", "Not a usable expression")]
    [InlineData("expect: {stdout_matches: \"(?=x)\"}", "steps[0].expect.stdout_matches", "not supported")]
    [InlineData("credentials: [{id: c, ttl: 6m}]", "steps[0].credentials[0].ttl", "between 1s and 5m")]
    [InlineData("credentials: [{id: c, env: LD_PRELOAD}]", "steps[0].credentials[0].env", "may not be set")]
    [InlineData("credentials: [c, c]", "steps[0].credentials[1]", "listed twice")]
    [InlineData("on_failure: rollback", "steps[0].on_failure", "needs a rollback")]
    [InlineData("requires_rollback: true", "steps[0].requires_rollback", "needs one")]
    [InlineData("irreversible: true\nrollback: {command: [ls]}", "steps[0].irreversible", "cannot have a rollback")]
    [InlineData("approval: {quorum: two of approver}", "steps[0].approval.quorum", "not a number of people")]
    [InlineData("approval: {}", "steps[0].approval.quorum", "required")]
    [InlineData("writable: [srv]", "steps[0].writable[0]", "absolute path")]
    [InlineData("writable: [/]", "steps[0].writable[0]", "may not be writable")]
    [InlineData("writable: [/srv/../etc]", "steps[0].writable[0]", ".. parts")]
    [InlineData("network: [db-1]", "steps[0].network[0]", "host:port")]
    [InlineData("network: [\"db-1:0\"]", "steps[0].network[0]", "host:port")]
    [InlineData("action_budget: {per: 1h, max: 3}", "steps[0].action_budget", "needs targets")]
    [InlineData("targets: [\"host:{{inputs.hots}}\"]", "steps[0].targets[0]", "not declared")]
    public void BadStepField_Loaded_IsReportedAtItsPlace(string lines, string path, string message)
    {
        var problem = Problem(RunbookSamples.WithStep(lines));
        problem.Path.ShouldBe(path);
        problem.Message.ShouldContain(message);
        problem.Line.ShouldBeInRange(5, 7);
    }

    [Theory]
    [InlineData("echo hello", "", "list of words")]
    [InlineData("[echo, hello]", "shell: true", "one text, not a list")]
    [InlineData("[]", "", "at least 1 entry")]
    [InlineData("[\"\"]", "", "name is empty")]
    [InlineData("[echo, [x]]", "", "Must be text")]
    [InlineData("[echo, null]", "", "Must be text")]
    [InlineData("[echo, \"{{inputs.nope}}\"]", "", "not declared")]
    [InlineData("[echo, \"{{input.path}}\"]", "", "not a template")]
    [InlineData("[echo, \"{{inputs.path\"]", "", "not a template")]
    [InlineData("[echo, \"a\\0b\"]", "", "NUL")]
    [InlineData("[\"{{inputs.path}}\"]", "", "cannot come from an input")]
    [InlineData("[sh, -c, \"echo {{inputs.path}}\"]", "", "as code")]
    [InlineData("[timeout, 5, bash, -ec, \"echo {{inputs.path}}\"]", "", "as code")]
    [InlineData("[sh, -c, -e, \"echo {{inputs.path}}\"]", "", "as code")]
    [InlineData("[su, nobody, -c, \"echo {{inputs.path}}\"]", "", "as code")]
    [InlineData("[env, -S, \"echo {{inputs.path}}\"]", "", "as code")]
    [InlineData("\"echo '{{inputs.path}}'\"", "shell: true", "one word of data")]
    [InlineData("\"eval echo {{inputs.path}}\"", "shell: true", "as code")]
    [InlineData("\"echo $(( {{inputs.path}} ))\"", "shell: true", "one word of data")]
    [InlineData("\"echo `ls {{inputs.path}}`\"", "shell: true", "one word of data")]
    [InlineData("\"bash -c \\\"echo {{inputs.path}}\\\"\"", "shell: true", "as code")]
    public void BadCommand_Loaded_IsRefused(string command, string lines, string message) =>
        Problem(RunbookSamples.WithStep(lines, command, "inputs: [{name: path}]")).Message.ShouldContain(message);

    [Theory]
    [InlineData("inputs: [{name: a}, {name: a}]", "inputs[1].name", "declared twice")]
    [InlineData("inputs: [{name: a, pattern: \"[\"}]", "inputs[0].pattern", "Not a usable expression")]
    [InlineData("inputs: [{name: a, type: integer, default: x}]", "inputs[0].default", "whole number")]
    [InlineData("inputs: [{name: a, type: text}]", "inputs[0].type", "not one of")]
    [InlineData("match: {}", "match", "ticket_prefix or service")]
    [InlineData("environments: []", "environments", "at least 1 entry")]
    [InlineData("environments: [prod, prod]", "environments[1]", "listed twice")]
    [InlineData("environments: [production]", "environments[0]", "not one of dev, staging, prod")]
    public void BadHead_Loaded_IsRefused(string head, string path, string message)
    {
        var problem = Problem(RunbookSamples.WithStep("", head: head));
        (problem.Line, problem.Path).ShouldBe((3, path));
        problem.Message.ShouldContain(message);
    }

    [Fact]
    public void ManyMistakes_Loaded_AllAreReportedInOrder()
    {
        var problems = RunbookLoader.Load("runbook_id: disk\ntitel: x\nsteps:\n  - name: A\n    comand: [ls]\n    timeout: x\n  - 5\n").Problems;
        problems.Select(p => (p.Line, p.Path)).ShouldBe([(1, "title"), (1, "runbook_id"), (2, "titel"), (4, "steps[0].command"), (5, "steps[0].comand"), (6, "steps[0].timeout"), (7, "steps[1]")]);
    }

    [Fact]
    public void ManyProblems_Loaded_AreBounded()
    {
        var steps = string.Concat(Enumerable.Repeat("  - {nome: x}\n", 150));
        var problems = RunbookLoader.Load("runbook_id: rb-a\ntitle: T\nsteps:\n" + steps).Problems;
        problems.Count.ShouldBe(51);
        problems[^1].Message.ShouldContain("more problems");
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing")]
    [InlineData("- a")]
    [InlineData("just text")]
    [InlineData("a: [")]
    [InlineData("a: b: c")]
    [InlineData("\tx: 1")]
    [InlineData("a: \"\\q\"")]
    [InlineData("a: *nope")]
    [InlineData("a: !!binary x")]
    [InlineData("a: 1\n---\nb: 2")]
    [InlineData("? [a]\n: b")]
    [InlineData("a: 1\na: 2")]
    [InlineData("%YAML 9.9\n---\na: 1")]
    public void MalformedYaml_Loaded_IsAProblemNotAnException(string text) => RunbookLoader.Load(text).Problems.ShouldNotBeEmpty();

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{\"a\":\"\\ud800\"}")]
    [InlineData("{\"a\":1} x")]
    [InlineData("[1]")]
    [InlineData("{\"runbook_id\":\"rb-a\",\"runbook_id\":\"rb-b\"}")]
    public void MalformedJson_Loaded_IsAProblemNotAnException(string text) => RunbookLoader.Load(text, RunbookFormat.Json).Problems.ShouldNotBeEmpty();

    [Fact]
    public void JsonRunbook_Loaded_ProblemsNameLineAndColumn()
    {
        var problem = RunbookLoader.Load("{\n  \"runbook_id\": \"rb-a\",\n  \"title\": 5,\n  \"steps\": [{\"name\": \"S\", \"command\": [\"ls\"]}]\n}", RunbookFormat.Json).Problems.ShouldHaveSingleItem();
        (problem.Line, problem.Column, problem.Path).ShouldBe((3, 12, "title"));
    }

    [Fact]
    public void AliasBomb_Loaded_MeetsTheNodeLimit()
    {
        var text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 9; i++)
            text.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat("*a" + (i - 1), 10))}]\n");
        RunbookLoader.Load(text.ToString()).Problems.ShouldHaveSingleItem().Message.ShouldContain("aliases counted as copies");
    }

    [Fact]
    public void DeepNesting_Loaded_IsRefused()
    {
        RunbookLoader.Load("a: " + new string('[', 5000)).Problems.ShouldHaveSingleItem().Message.ShouldContain("deeper");
        RunbookLoader.Load(new string('[', 5000), RunbookFormat.Json).Problems.ShouldNotBeEmpty();
    }

    [Fact]
    public void HugeOrBrokenBytes_Loaded_AreRefused()
    {
        RunbookLoader.Load(new byte[RunbookLoader.MaxBytes + 1]).Problems.ShouldHaveSingleItem().Message.ShouldContain("at most");
        RunbookLoader.Load([(byte)'a', 0xC3, 0x28]).Problems.ShouldHaveSingleItem().Message.ShouldContain("UTF-8");
    }

    [Fact]
    public void TooManySteps_Loaded_AreRefused()
    {
        var steps = string.Concat(Enumerable.Repeat("  - {name: x, command: [ls]}\n", 101));
        RunbookLoader.Load("runbook_id: rb-a\ntitle: T\nsteps:\n" + steps + "postchecks:\n" + steps).Problems.ShouldHaveSingleItem().Message.ShouldContain("at most 200");
    }

    [Fact]
    public void FailOutsideProd_Loaded_IsAllowed() =>
        RunbookSamples.Load(RunbookSamples.WithStep("on_failure: fail", head: "environments: [dev, staging]")).Steps[0].OnFailure.ShouldBe(OnFailure.Fail);

    [Fact]
    public void InputAsArgumentOfAScript_Loaded_IsAllowed() =>
        RunbookSamples.Load(RunbookSamples.WithStep("", "[sh, -c, 'echo \"$1\"', sh, \"{{inputs.path}}\"]", "inputs: [{name: path}]")).Steps[0].Command.Argv.Length.ShouldBe(5);

    [Fact]
    public void FailInProd_Loaded_IsRefused()
    {
        var problem = Problem(RunbookSamples.WithStep("on_failure: fail", head: "environments: [dev, prod]"));
        (problem.Line, problem.Path).ShouldBe((7, "steps[0].on_failure"));
        problem.Message.ShouldContain("rollback is mandatory");
    }

    [Fact]
    public void SharedTargetsAndBudget_Loaded_AreDefaultsOfTheSteps()
    {
        var steps = RunbookSamples.Load("{runbook_id: rb-a, title: T, targets: [\"host:a\"], action_budget: {per: 1h, max: 3}, steps: [{name: A, command: [ls]}, {name: B, command: [ls], targets: []}]}").Steps;
        steps[0].Targets.ShouldBe(["host:a"]);
        steps[0].ActionBudget.ShouldBe(new ActionBudget(3600, 3));
        steps[1].ActionBudget.ShouldBeNull();
    }

    private static RunbookProblem Problem(string yaml) => RunbookLoader.Load(yaml).Problems.ShouldHaveSingleItem();
}
