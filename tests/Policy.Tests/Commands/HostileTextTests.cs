using System.Text;
using Cavra.Actors.Inputs;
using Cavra.Actors.Policy;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Commands;

/// <summary>Whatever the text, the readers end with an answer: seeded, so that a failure repeats.</summary>
public sealed class HostileTextTests
{
    private static readonly string[] ShellPieces =
    [
        " ", "\n", ";", ";;", "&", "&&", "|", "||", "(", ")", "{", "}", "<", ">", "<<", "<<-", "<<<", ">&", "<(", "$", "${", "$(", "$((", "))", "`", "'", "\"", "\\", "#", "~", "*", "?", "[", "]", "!",
        "if", "then", "fi", "for", "in", "do", "done", "case", "esac", "while", "function", "f()", "EOF", "a", "1", "=", "A=b", "$'", "$@", "rm", "-rf", "sh", "-c", "eval", "trap", "find", "-exec", "xargs", "psql", "env",
        "{{inputs.x}}", "\t", "\r", "cavra_input_x=", "é", "\0",
    ];

    private const string Damage = "{}[]:,&*!|>'\"%@`#-?\n\t\\ \0\ud800é";

    private static readonly string[] SqlPieces =
        ["drop", " ", "table", "database", "$$", "$a$", "$", "'", "\"", "--", "\n", "/*", "*/", "\\", "\\!", ";", "E'", "delete", "from", "update", "set", "where", "`", "|", "é", "1"];

    [Fact]
    public void RandomScripts_Judged_AlwaysEndWithAVerdict()
    {
        var random = new Random(4711);
        for (var round = 0; round < 20_000; round++)
        {
            var script = Mix(random, ShellPieces, 24);
            var question = new PolicyQuestion { Profile = EnvironmentProfile.StagingStandard, Command = new StepCommand { Argv = [script], Shell = true } };
            Should.NotThrow(() => PolicyEvaluator.Evaluate(question, PolicyData.Default), $"round {round}: {script}");
            Should.NotThrow(() => ShellInputs.Problem(script), $"round {round}: {script}");
        }
    }

    [Fact]
    public void RandomVectorsAndSql_Judged_AlwaysEndWithAVerdict()
    {
        var random = new Random(4712);
        for (var round = 0; round < 10_000; round++)
        {
            var sql = Mix(random, SqlPieces, 16);
            StepCommand[] commands = [new() { Argv = ["psql", "-c", sql] }, new() { Argv = [.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => ShellPieces[random.Next(ShellPieces.Length)])] }];
            foreach (var command in commands)
                Should.NotThrow(() => PolicyEvaluator.Evaluate(new PolicyQuestion { Profile = EnvironmentProfile.DevFlex, Command = command }, PolicyData.Default), $"round {round}: {command}");
        }
    }

    [Theory]
    [InlineData("$(")]
    [InlineData("${a:-")]
    [InlineData("\"${a:-")]
    [InlineData("(")]
    [InlineData("`")]
    [InlineData("$((")]
    [InlineData("case a in a) ")]
    [InlineData("sh -c '")]
    public void DeepNesting_Judged_IsNotAllowed(string piece)
    {
        var script = string.Concat(Enumerable.Repeat(piece, 32_000 / piece.Length));
        PolicyEvaluator.Evaluate(new PolicyQuestion { Profile = EnvironmentProfile.StagingStandard, Command = new StepCommand { Argv = [script], Shell = true } }, PolicyData.Default)
            .Verdict.ShouldBe(Verdict.Deny);
    }

    [Fact]
    public void DeepDollarQuotes_Judged_AreRefused()
    {
        var sql = string.Concat(Enumerable.Range(0, 4000).Select(i => $"$a{i}$ "));
        PolicyEvaluator.Evaluate(new PolicyQuestion { Profile = EnvironmentProfile.DevFlex, Command = new StepCommand { Argv = ["psql", "-c", sql] } }, PolicyData.Default).Verdict.ShouldBe(Verdict.Deny);
    }

    [Fact]
    public void DamagedRunbooks_Loaded_AlwaysEndWithProblemsOrARunbook()
    {
        var random = new Random(4713);
        for (var round = 0; round < 3_000; round++)
        {
            var text = new StringBuilder(RunbookSamples.Contract);
            for (var edit = random.Next(1, 6); edit > 0; edit--)
            {
                var at = random.Next(text.Length);
                switch (random.Next(3))
                {
                    case 0:
                        text.Remove(at, Math.Min(random.Next(1, 9), text.Length - at));
                        break;
                    case 1:
                        text.Insert(at, Damage[random.Next(Damage.Length)]);
                        break;
                    default:
                        text.Insert(at, text.ToString(random.Next(text.Length - 20), 20));
                        break;
                }
            }

            var loaded = RunbookLoader.Load(text.ToString());
            loaded.Valid.ShouldBe(loaded.Problems.Count == 0, $"round {round}");
        }
    }

    private static string Mix(Random random, string[] pieces, int most) =>
        string.Concat(Enumerable.Range(0, random.Next(1, most)).Select(_ => pieces[random.Next(pieces.Length)]));
}
