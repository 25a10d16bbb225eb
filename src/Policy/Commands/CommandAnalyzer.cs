using Cavra.Actors.Sessions;

namespace Cavra.Actors.Commands;

/// <summary>
/// Finds every program that a step may start: behind wrappers, in shell scripts, in <c>find -exec</c>. Works on argument vectors after quoting is
/// taken off, never on a joined string (hazard C08).
/// </summary>
internal sealed class CommandAnalyzer
{
    private const int MaxDepth = 12;

    private static readonly HashSet<string> Shells = new(StringComparer.Ordinal) { "sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "rbash", "yash", "csh", "tcsh", "fish" };

    private static readonly HashSet<string> DecidesPrograms = new(StringComparer.Ordinal)
    {
        "PATH", "IFS", "ENV", "BASH_ENV", "SHELLOPTS", "BASHOPTS", "PS4", "PROMPT_COMMAND", "PYTHONPATH", "PYTHONSTARTUP", "PERL5LIB", "PERL5OPT", "RUBYOPT",
        "NODE_OPTIONS", "GCONV_PATH", "PSQL_PAGER", "PAGER", "PSQLRC", "OPENSSL_CONF", "OPENSSL_ENGINES", "OPENSSL_MODULES",
    };

    private readonly List<FoundCommand> _commands = [];
    private readonly List<(string Kind, string Detail)> _opaque = [];
    private readonly HashSet<string> _functions = new(StringComparer.Ordinal);
    private int _depth;

    public static CommandFacts Analyze(StepCommand command)
    {
        var analyzer = new CommandAnalyzer();
        if (command.Shell)
        {
            analyzer.Add("/bin/sh", [], CommandOrigin.StepShell);
            analyzer.AddScript(command.Argv[0]);
        }
        else
        {
            analyzer.AddCommand([.. command.Argv.Select(a => new ShellWord(a))], CommandOrigin.Argv);
        }

        return new CommandFacts(analyzer._commands, analyzer._opaque, analyzer._functions);
    }

    private void AddScript(string script)
    {
        var parsed = ShellScript.Parse(script);
        _functions.UnionWith(parsed.Functions);
        if (parsed.Error is not null)
            Hide(OpaqueKinds.Unreadable, parsed.Error);
        foreach (var command in parsed.Commands)
        {
            // The idiom of reading lines, IFS= read -r line, splits input and not commands.
            var reads = command.Words.Count > 0 && command.Words[0].Text == "read";
            CheckVariables(reads ? command.Assignments.Where(a => a != "IFS") : command.Assignments);
            foreach (var target in command.Writes)
                _commands.Add(new FoundCommand { Program = "(write)", Path = "(write)", Arguments = [target], Origin = CommandOrigin.Script });
            if (command.Words.Count > 0)
                AddCommand(command.Words, CommandOrigin.Script);
        }
    }

    private void AddCommand(IReadOnlyList<ShellWord> words, CommandOrigin origin)
    {
        if (words.Count == 0)
            return;
        if (++_depth > MaxDepth)
        {
            Hide(OpaqueKinds.Unreadable, "commands are wrapped too deeply");
            return;
        }

        var program = words[0];
        if (program.Dynamic)
        {
            var from = program.Text.Length == 0 ? "" : $" from {program.Text}";
            Hide(OpaqueKinds.DynamicProgram, $"the program's name is computed{from} when it runs");
        }
        else
        {
            Add(program.Text, [.. words.Skip(1)], origin);
            AddInner(Name(program.Text), [.. words.Skip(1)], origin);
        }

        _depth--;
    }

    private void Add(string path, IReadOnlyList<ShellWord> arguments, CommandOrigin origin)
    {
        if (path.Length == 0 || path.Any(c => c is <= ' ' or > '~'))
            Hide(OpaqueKinds.LookAlike, "the program's name holds blanks, control characters or letters outside ASCII");
        var program = Name(path);
        var sql = SqlArguments.Find(program, arguments, origin == CommandOrigin.Script, out var hidden);
        if (hidden is not null)
            Hide(OpaqueKinds.HiddenSql, hidden);
        _commands.Add(new FoundCommand { Program = program, Path = path, Arguments = arguments, Origin = origin, Sql = sql });
    }

    private void AddInner(string program, IReadOnlyList<ShellWord> arguments, CommandOrigin origin)
    {
        if (Shells.Contains(program))
            AddShell(arguments, origin);
        else if (program == "find")
            AddFind(arguments, origin);
        else if (program is "eval" or "." or "source" or "alias" or "fc")
            Hide(OpaqueKinds.HiddenScript, $"{program} runs text that policy cannot read");
        else if (program is "export" or "readonly" or "declare" or "typeset" or "local")
            CheckVariables(arguments.Select(a => a.Text.Split('=')[0]));
        else if (program == "trap" && arguments.Count > 1)
            AddText(arguments[0]);
        else if (Wrapper.Find(program) is { } wrapper)
            AddWrapped(program, wrapper, arguments, origin);
    }

    private void AddWrapped(string program, Wrapper wrapper, IReadOnlyList<ShellWord> arguments, CommandOrigin origin)
    {
        if (program == "env" && arguments.Any(a => a.Text.StartsWith("-S", StringComparison.Ordinal) || a.Text.StartsWith("--split-string", StringComparison.Ordinal)))
            Hide(OpaqueKinds.HiddenScript, "env -S splits a text into a command");
        if (program is "flock" or "runuser" && arguments.Any(a => a.Text is "-c" or "--command"))
            Hide(OpaqueKinds.HiddenScript, $"{program} hands a text to a shell");
        var inner = wrapper.InnerIndex(arguments, out var assigned);
        CheckVariables(assigned);
        if (inner < 0)
            return;
        List<ShellWord> words = [.. arguments.Skip(inner)];
        if (program == "watch")
        {
            // It joins its arguments and hands them to a shell.
            AddText(new ShellWord(string.Join(' ', words.Select(w => w.Text)), words.Exists(w => w.Dynamic)));
            return;
        }

        if (wrapper.AppendsUnknown)
            words.Add(new ShellWord("", Dynamic: true, Splits: true));
        AddCommand(words, origin);
    }

    /// <summary>A shell started by words: <c>sh -c text</c>, <c>sh file</c>, or one that reads its input.</summary>
    private void AddShell(IReadOnlyList<ShellWord> arguments, CommandOrigin origin)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            var word = arguments[i];
            if (word.Dynamic)
                break;
            if (word.Text is "-o" or "+o" or "--rcfile" or "--init-file")
            {
                i++;
            }
            else if (word.Text.StartsWith('-') && !word.Text.StartsWith("--", StringComparison.Ordinal) && word.Text.Contains('c', StringComparison.Ordinal))
            {
                AddShellText(arguments, i + 1);
                return;
            }
            else if (!word.Text.StartsWith('-') && !word.Text.StartsWith('+'))
            {
                // A script file is a program like any other; only allow-lists can tell which.
                return;
            }
            else if (word.Text is "--version" or "--help")
            {
                return;
            }
        }

        if (origin == CommandOrigin.Script || arguments.Any(a => a.Dynamic))
            Hide(OpaqueKinds.HiddenScript, "a shell reads its commands from its input");
    }

    private void AddShellText(IReadOnlyList<ShellWord> arguments, int index)
    {
        while (index < arguments.Count && !arguments[index].Dynamic && arguments[index].Text.StartsWith('-'))
            index++;
        if (index < arguments.Count)
            AddText(arguments[index]);
    }

    private void AddText(ShellWord text)
    {
        if (text.Dynamic)
            Hide(OpaqueKinds.HiddenScript, "a shell runs a text that is computed when it runs");
        else
            AddScript(text.Text);
    }

    private void AddFind(IReadOnlyList<ShellWord> arguments, CommandOrigin origin)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            if (arguments[i].Text is not ("-exec" or "-execdir" or "-ok" or "-okdir"))
                continue;
            List<ShellWord> words = [];
            for (i++; i < arguments.Count && arguments[i].Text is not (";" or "+"); i++)
                words.Add(arguments[i].Text.Contains("{}", StringComparison.Ordinal) ? arguments[i] with { Dynamic = true } : arguments[i]);
            AddCommand(words, origin);
        }
    }

    private void CheckVariables(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            if (DecidesPrograms.Contains(name) || name.StartsWith("LD_", StringComparison.Ordinal))
                Hide(OpaqueKinds.Environment, $"it sets {name}, which changes what programs run");
        }
    }

    private void Hide(string kind, string detail)
    {
        if (!_opaque.Contains((kind, detail)))
            _opaque.Add((kind, detail));
    }

    private static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];
}
