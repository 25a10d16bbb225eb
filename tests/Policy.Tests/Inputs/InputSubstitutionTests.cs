using System.Diagnostics;
using Cavra.Actors.Commands;
using Cavra.Actors.Sessions;
using FsCheck;
using FsCheck.Fluent;

namespace Cavra.Actors.Inputs;

public sealed class InputSubstitutionTests
{
    private static readonly string[] Evil =
    [
        "plain", "", " ", "a b", "$(touch pwned)", "`touch pwned`", "; touch pwned", "' ; touch pwned ; '", "\"; touch pwned; \"", "\\", "\\'", "'\\''", "$HOME", "${HOME}", "a\nb", "-n", "--", "*", "~", "#x",
        "{{inputs.x}}", "|| touch pwned", "&& touch pwned", "> pwned", "!", "ä€😀", "%s", "$'x'", "a'b\"c`d$e\\f",
    ];

    [Fact]
    public void Values_InArgv_NeverChangeTheNumberOfElementsNorOtherElements()
    {
        var templates = Gen.Elements("x", "{{inputs.x}}", "a{{inputs.x}}b", "{{ inputs.x }}{{inputs.y}}", "{{.Names}}", "{{").NonEmptyListOf().Select(t => t.ToArray());
        var cases = templates.SelectMany(_ => ArbMap.Default.GeneratorFor<NonNull<string>>(), (t, v) => (Templates: t, Value: v.Get));
        Prop.ForAll(Arb.From(cases), c =>
        {
            var values = new Dictionary<string, string> { ["x"] = c.Value, ["y"] = "Y" };
            var filled = InputSubstitution.Fill(new StepCommand { Argv = [.. c.Templates] }, values).Argv;
            return filled.Length == c.Templates.Length && c.Templates.Zip(filled).All(p => Expected(p.First, c.Value) == p.Second);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Theory]
    [InlineData("printf '%s' {{inputs.x}}")]
    [InlineData("printf '%s' \"{{inputs.x}}\"")]
    [InlineData("printf '%s' \"$(printf '%s.' {{inputs.x}})\" | head -c -1")]
    [InlineData("f() { printf '%s' {{inputs.x}}; }; f other")]
    [InlineData("set -- other; printf '%s' {{inputs.x}}")]
    [InlineData("if true; then printf '%s' \"\"{{inputs.x}}\"\"; fi")]
    [InlineData("case x in x) printf '%s' \"{{inputs.x}}\";; esac")]
    [InlineData("v={{inputs.x}}; printf '%s' \"$v\"")]
    public void C08_EvilValues_InScripts_StayOneWordOfData(string script)
    {
        ShellInputs.Problem(script).ShouldBeNull();
        foreach (var value in Evil)
        {
            var command = InputSubstitution.Fill(new StepCommand { Argv = [script], Shell = true }, new Dictionary<string, string> { ["x"] = value });
            command.Argv.Length.ShouldBe(1);
            Run(command).ShouldBe(value, command.Argv[0]);
        }
    }

    [Theory]
    [InlineData("echo '{{inputs.x}}'")]
    [InlineData("echo # {{inputs.x}}")]
    [InlineData("cat <<EOF\n{{inputs.x}}\nEOF")]
    [InlineData("echo $(( {{inputs.x}} + 1 ))")]
    [InlineData("echo `echo {{inputs.x}}`")]
    [InlineData("echo ${y:-{{inputs.x}}}")]
    [InlineData("echo \"${y:-\"{{inputs.x}}\"}\"")]
    [InlineData("eval {{inputs.x}}")]
    [InlineData("sh -c \"{{inputs.x}}\"")]
    [InlineData("trap \"{{inputs.x}}\" EXIT")]
    [InlineData("python3 -c \"{{inputs.x}}\"")]
    [InlineData("echo 'unclosed {{inputs.x}}")]
    [InlineData("cavra_input_x=1; echo {{inputs.x}}")]
    public void C08_TemplatesWhereDataCouldBecomeCode_AreRefused(string script) => ShellInputs.Problem(script).ShouldNotBeNull();

    [Fact]
    public void Policy_OnFilledScripts_SeesTheValues()
    {
        var command = InputSubstitution.Fill(new StepCommand { Argv = ["rm {{inputs.x}} /srv/a"], Shell = true }, new Dictionary<string, string> { ["x"] = "-rf" });
        CommandAnalyzer.Analyze(command).Commands.ShouldContain(c => c.Program == "rm" && c.Arguments[0] == new ShellWord("-rf"));
    }

    [Fact]
    public void Script_WithoutTemplates_StaysAsItIs() =>
        InputSubstitution.Fill(new StepCommand { Argv = ["echo '{{.Names}}'"], Shell = true }, new Dictionary<string, string>()).Argv.ShouldBe(["echo '{{.Names}}'"]);

    private static string Expected(string template, string value) =>
        template.Replace("{{ inputs.x }}", "{{inputs.x}}", StringComparison.Ordinal).Split("{{inputs.x}}") is var parts
            ? string.Join(value, parts.Select(p => p.Replace("{{inputs.y}}", "Y", StringComparison.Ordinal))) : "";

    private static string Run(StepCommand command)
    {
        var start = new ProcessStartInfo(command.ExecArgv[0]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        foreach (var argument in command.ExecArgv.Skip(1))
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit(30_000).ShouldBeTrue();
        process.StandardError.ReadToEnd().ShouldBeEmpty();
        return output;
    }
}
