using System.Text.RegularExpressions;
using Cavra.Actors.Approvals;
using Cavra.Actors.Inputs;
using Cavra.Actors.Runbooks.Reading;
using Cavra.Actors.Runbooks.Schema;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Runbooks;

/// <summary>What shapes cannot say: rules between fields.</summary>
internal sealed partial class RunbookRules(ProblemList problems, RawNode root)
{
    private HashSet<string> _inputs = [];

    public void Check(Runbook runbook)
    {
        _inputs = [.. runbook.Inputs.Select(i => i.Name)];
        if (runbook.Match is { TicketPrefix: null, Service: null })
            Add("match", "Needs ticket_prefix or service.");
        CheckInputs(runbook);
        CheckTemplates("targets", new RawReader((RawMap)root).Texts("targets"));
        if (runbook.Prechecks.Length + runbook.Steps.Length + runbook.Postchecks.Length is var count && count > RunbookShapes.MaxSteps)
            Add("steps", $"A runbook has at most {RunbookShapes.MaxSteps} steps in all phases together, this one has {count}.");
        CheckSteps("prechecks", runbook.Prechecks, runbook);
        CheckSteps("steps", runbook.Steps, runbook);
        CheckSteps("postchecks", runbook.Postchecks, runbook);
    }

    private void CheckInputs(Runbook runbook)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < runbook.Inputs.Length; i++)
        {
            var input = runbook.Inputs[i];
            var path = $"inputs[{i}]";
            if (!seen.Add(input.Name))
                Add(path + ".name", $"The input {input.Name} is declared twice.");
            var patternGood = CheckRegex(path + ".pattern", input.Pattern);
            var limits = patternGood ? input : input with { Pattern = null };
            if (input.Default is not null && InputValues.Problem(limits, input.Default) is { } problem)
                Add(path + ".default", $"The default {problem}");
            for (var e = 0; e < input.Enum.Length; e++)
            {
                if (InputValues.Problem(limits with { Enum = [] }, input.Enum[e]) is { } wrong)
                    Add($"{path}.enum[{e}]", $"The value {wrong}");
            }
        }
    }

    private void CheckSteps(string phase, IReadOnlyList<RunbookStep> steps, Runbook runbook)
    {
        for (var i = 0; i < steps.Count; i++)
        {
            var path = $"{phase}[{i}]";
            var step = steps[i];
            CheckCommand(path, step.Command);
            if (step.Rollback is not null)
                CheckCommand(path + ".rollback", step.Rollback.Command);
            CheckRegex(path + ".expect.stdout_matches", step.Expect.StdoutMatches);
            CheckFailure(path, step, runbook);
            CheckReach(path, step);
            CheckCredentials(path, step);
            if (step.Quorum is not null && !QuorumExpression.TryParse(step.Quorum, out _, out var problem))
                Add(path + ".approval.quorum", problem);
            if (step.ActionBudget is not null && step.Targets.IsEmpty)
                Add(path + ".action_budget", "An action budget needs targets.");
        }
    }

    private void CheckFailure(string path, RunbookStep step, Runbook runbook)
    {
        if (step.RequiresRollback && step.Rollback is null)
            Add(path + ".requires_rollback", "A step that requires a rollback needs one.");
        if (step.Irreversible && step.Rollback is not null)
            Add(path + ".irreversible", "An irreversible step cannot have a rollback.");
        if (step.OnFailure == OnFailure.Rollback && step.Rollback is null)
            Add(path + ".on_failure", "on_failure: rollback needs a rollback.");
        // A runbook that names no environments is not written for prod; there the profile overrules it (FailureRules).
        if (step.OnFailure == OnFailure.Fail && Find("environments") is not null && runbook.Environments.Contains(TargetEnvironment.Prod))
            Add(path + ".on_failure", "on_failure: fail is not allowed in prod, where rollback is mandatory. Use pause or rollback, or take prod out of environments.");
    }

    private void CheckCommand(string path, StepCommand command)
    {
        path += ".command";
        var written = Find(path);
        if (command.Shell)
        {
            if (written is RawList)
                Add(path, "With shell: true the command is one text, not a list.");
            else if (ShellInputs.Problem(command.Argv[0]) is { } problem)
                Add(path, $"Not safe with shell: true: {problem}.");
        }
        else if (written is RawScalar)
        {
            Add(path, "The command must be a list of words, or set shell: true to run one text with /bin/sh -c.");
        }
        else if (written is RawList { Items.Count: > 0 })
        {
            CheckArgv(path, command.Argv);
        }

        CheckTemplates(path, command.Argv, single: written is RawScalar);
    }

    private void CheckArgv(string path, IReadOnlyList<string> argv)
    {
        if (argv.Count > 0 && argv[0].Length == 0)
            Add(path + "[0]", "The program's name is empty.");
        for (var i = 1; i < argv.Count; i++)
        {
            if (InputTemplate.HasTemplate(argv[i]) && TextOfInterpreter(argv, i))
                Add($"{path}[{i}]", "A shell would read the input's value as code here. Use a list of words without a shell, or shell: true with the script as command.");
        }

        if (argv.Count > 0 && InputTemplate.HasTemplate(argv[0]))
            Add(path + "[0]", "The program's name cannot come from an input.");
    }

    /// <summary>Whether the element is the text of <c>sh -c</c> (behind wrappers too) or of <c>env -S</c>.</summary>
    private static bool TextOfInterpreter(IReadOnlyList<string> argv, int index)
    {
        var before = argv.Take(index).Select(a => a[(a.LastIndexOf('/') + 1)..]).ToList();
        var shell = before.FindIndex(a => a is "sh" or "bash" or "dash" or "ash" or "ksh" or "mksh" or "zsh" or "rbash" or "csh" or "tcsh" or "fish" or "su");
        if (shell >= 0)
        {
            var between = before.Skip(shell + 1).ToList();
            return between.TrueForAll(o => o.StartsWith('-') || o.StartsWith('+') || before[shell] == "su") && between.Exists(IsCommandOption);
        }

        return before[0] == "env" && before[^1] is "-S" or "--split-string";
    }

    private static bool IsCommandOption(string word) =>
        word == "--command" || (word.StartsWith('-') && !word.StartsWith("--", StringComparison.Ordinal) && word.Contains('c', StringComparison.Ordinal));

    private void CheckReach(string path, RunbookStep step)
    {
        CheckTemplates(path + ".writable", step.Writable);
        CheckTemplates(path + ".network", step.Network);
        CheckTemplates(path + ".targets", step.Targets);
        for (var i = 0; i < step.Writable.Length; i++)
        {
            if (!InputTemplate.HasTemplate(step.Writable[i]) && ReachRules.WritableProblem(step.Writable[i]) is { } problem)
                Add($"{path}.writable[{i}]", problem);
        }

        for (var i = 0; i < step.Network.Length; i++)
        {
            if (!InputTemplate.HasTemplate(step.Network[i]) && ReachRules.NetworkProblem(step.Network[i]) is { } problem)
                Add($"{path}.network[{i}]", problem);
        }

        if (step.Cwd.Split('/').Contains(".."))
            Add(path + ".cwd", "The working folder may not hold .. parts.");
    }

    private void CheckCredentials(string path, RunbookStep step)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < step.Credentials.Length; i++)
        {
            var credential = step.Credentials[i];
            if (!ids.Add(credential.Id))
                Add($"{path}.credentials[{i}]", $"The credential {credential.Id} is listed twice.");
            if (credential.Env is not { } name)
                continue;
            if (!names.Add(name))
                Add($"{path}.credentials[{i}].env", $"The variable {name} is used twice.");
            if (name is "PATH" or "HOME" or "IFS" or "ENV" or "BASH_ENV"
                || name.StartsWith("LD_", StringComparison.Ordinal) || name.StartsWith("CAVRA_", StringComparison.Ordinal))
                Add($"{path}.credentials[{i}].env", $"The variable {name} may not be set.");
        }
    }

    private void CheckTemplates(string path, IReadOnlyList<string> texts, bool single = false)
    {
        for (var i = 0; i < texts.Count; i++)
        {
            var at = single ? path : $"{path}[{i}]";
            foreach (var part in InputTemplate.Parse(texts[i]))
            {
                if (part is TemplatePart.Unknown unknown)
                    Add(at, $"{ShapeChecker.Shown(unknown.Text)} is not a template: write {{{{inputs.name}}}}.");
                else if (part is TemplatePart.Input input && !_inputs.Contains(input.Name))
                    Add(at, UnknownInput(input.Name));
            }
        }
    }

    private string UnknownInput(string name) =>
        $"The template names the input {name}, which is not declared." + (NearMiss.Find(name, _inputs) is { } near ? $" Did you mean {near}?" : "");

    private bool CheckRegex(string path, string? pattern)
    {
        if (pattern is null)
            return true;
        try
        {
            _ = InputValues.Whole(pattern);
            return true;
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            var reason = error is NotSupportedException ? "look-arounds, back-references and atomic groups are not supported" : error.Message;
            Add(path, $"Not a usable expression: {reason}");
            return false;
        }
    }

    private void Add(string path, string message)
    {
        if (!problems.Has(path))
            problems.Add(Locate(path), path, message);
    }

    /// <summary>The place of the deepest part of the path that is written in the document.</summary>
    private Mark Locate(string path)
    {
        for (var rest = path; rest.Length > 0; rest = rest[..Math.Max(0, rest.LastIndexOfAny(['.', '[']))])
        {
            if (Find(rest) is { } node)
                return node.Mark;
        }

        return root.Mark;
    }

    private RawNode? Find(string path)
    {
        RawNode? node = root;
        foreach (Match part in PathPart().Matches(path))
        {
            node = node switch
            {
                RawMap map when part.Groups["name"].Success => map[part.Groups["name"].Value],
                RawList list when part.Groups["index"].Success && int.Parse(part.Groups["index"].ValueSpan) is var i && i < list.Items.Count => list.Items[i],
                _ => null,
            };
        }

        return node;
    }

    [GeneratedRegex(@"(?<name>[a-z_]+)|\[(?<index>\d+)\]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PathPart();
}
