namespace Cavra.Actors.Commands;

/// <summary>Reads the list of commands of one script text: separators, keywords, redirections, here-documents. Words are in the other part.</summary>
internal sealed partial class ScriptReader
{
    private static readonly HashSet<string> Skipped = ["if", "then", "elif", "else", "fi", "while", "until", "do", "done", "{", "}", "!", "time"];

    private readonly string _text;
    private readonly ScriptState _state;
    private readonly bool _outermost;
    private readonly Queue<(string Delimiter, bool StripTabs, bool Expands)> _hereDocuments = [];
    private int _at;

    public ScriptReader(string text, ScriptState state, bool outermost = false)
    {
        _text = text;
        _state = state;
        _outermost = outermost;
    }

    private enum End
    {
        Text,
        Parenthesis,
        CaseItem,
    }

    public void ReadAll() => ReadCommands(End.Text);

    private void ReadCommands(End end)
    {
        if (++_state.Depth > ScriptState.MaxDepth)
            throw new ScriptException("it is nested too deeply");
        var command = new CommandBuilder();
        while (SkipBlanks())
        {
            var c = _text[_at];
            if (c == ')')
            {
                Finish(command);
                if (end != End.Parenthesis)
                    throw new ScriptException("a parenthesis closes that was not opened");
                _at++;
                _state.Depth--;
                return;
            }

            if (c is '\n' or ';' or '&' or '|')
            {
                if (ReadSeparator(command, end))
                {
                    _state.Depth--;
                    return;
                }
            }
            else if (c == '(')
            {
                ReadParenthesis(command);
            }
            else if (IsRedirect())
            {
                ReadRedirect(command);
            }
            else if (ReadCommandWord(command, end))
            {
                _state.Depth--;
                return;
            }
        }

        Finish(command);
        if (end == End.Parenthesis)
            throw new ScriptException("a parenthesis is not closed");
        _state.Depth--;
    }

    /// <summary>Skips blanks, joined lines and comments; false at the end of the text.</summary>
    private bool SkipBlanks()
    {
        while (_at < _text.Length)
        {
            if (_text[_at] is ' ' or '\t' or '\r')
                _at++;
            else if (_text[_at] == '\\' && _at + 1 < _text.Length && _text[_at + 1] == '\n')
                _at += 2;
            else if (_text[_at] == '#' && (_at == 0 || _text[_at - 1] is ' ' or '\t' or '\n' or ';' or '&' or '|' or '(' or ')'))
                _at = _text.IndexOf('\n', _at) is var end && end < 0 ? _text.Length : end;
            else
                return true;
        }

        return false;
    }

    /// <summary>Takes one separator; true when it ends the surrounding case item.</summary>
    private bool ReadSeparator(CommandBuilder command, End end)
    {
        var c = _text[_at++];
        var next = _at < _text.Length ? _text[_at] : '\0';
        Finish(command);
        if (c == '\n')
        {
            ReadHereDocuments();
        }
        else if (c == ';' && next is ';' or '&')
        {
            while (_at < _text.Length && _text[_at] is ';' or '&')
                _at++;
            return end == End.CaseItem;
        }
        else if (c == next || (c == '|' && next == '&'))
        {
            _at++;
        }

        return false;
    }

    private void ReadParenthesis(CommandBuilder command)
    {
        _at++;
        if (command is { Discarded: true, Words.Count: 0 } && _at < _text.Length && _text[_at] == '(')
        {
            // for ((i = 0; ...)): only after for, because elsewhere (( may open two subshells.
            _at++;
            ReadArithmetic();
            return;
        }

        if (command.Words.Count == 1 && !command.Words[0].Dynamic && SkipBlanks() && _text[_at] == ')')
        {
            _at++;
            _state.Functions.Add(command.Words[0].Text);
            command.Clear();
            return;
        }

        if (command.Words.Count > 0)
            throw new ScriptException("a parenthesis opens where no command starts");
        ReadCommands(End.Parenthesis);
    }

    /// <summary>Takes one word; true when it is the <c>esac</c> that ends the surrounding case item.</summary>
    private bool ReadCommandWord(CommandBuilder command, End end)
    {
        var start = _at;
        var word = ReadWord(out var quotedFrom);
        if (_at == start)
            throw new ScriptException($"unexpected character {_text[_at]}");
        if (command.Words.Count > 0 || command.Discarded)
        {
            command.Words.Add(word);
            return false;
        }

        if (TakeAssignment(command, start, quotedFrom, word))
            return false;
        var plain = quotedFrom < 0 && !word.Dynamic ? word.Text : null;
        if (plain is null || command.Assignments.Count > 0)
        {
            command.Words.Add(word);
            return false;
        }

        return TakeKeyword(command, plain, end);
    }

    private bool TakeKeyword(CommandBuilder command, string word, End end)
    {
        switch (word)
        {
            case "esac" when end == End.CaseItem:
                _at -= 4;
                return true;
            case "for" or "select":
                command.Discarded = true;
                break;
            case "case":
                ReadCase();
                break;
            case "function":
                SkipBlanks();
                _state.Functions.Add(ReadWord(out _).Text);
                if (SkipBlanks() && _text[_at] == '(')
                    _at = _text.IndexOf(')', _at) + 1 is var close and > 0 ? close : throw new ScriptException("a parenthesis is not closed");
                break;
            default:
                if (!Skipped.Contains(word))
                    command.Words.Add(new ShellWord(word));
                break;
        }

        return false;
    }

    private void ReadCase()
    {
        SkipBlanks();
        ReadWord(out _);
        SkipLines();
        if (ReadWord(out _).Text != "in")
            throw new ScriptException("a case has no in");
        while (true)
        {
            SkipLines();
            if (_at >= _text.Length)
                throw new ScriptException("a case has no esac");
            if (_text.AsSpan(_at).StartsWith("esac", StringComparison.Ordinal))
            {
                _at += 4;
                return;
            }

            ReadCasePattern();
            ReadCommands(End.CaseItem);
        }
    }

    private void ReadCasePattern()
    {
        if (_text[_at] == '(')
            _at++;
        while (SkipBlanks())
        {
            if (_text[_at] == ')')
            {
                _at++;
                return;
            }

            var start = _at;
            if (_text[_at] == '|')
                _at++;
            else
                ReadWord(out _);
            if (_at == start)
                break;
        }

        throw new ScriptException("a case pattern is not closed");
    }

    private void SkipLines()
    {
        while (SkipBlanks() && _text[_at] is '\n' or ';')
            _at++;
    }

    private void Finish(CommandBuilder command)
    {
        if (!command.IsEmpty)
        {
            if (_state.Commands.Count >= ScriptState.MaxCommands)
                throw new ScriptException("it has too many commands");
            _state.Commands.Add(command.Build());
        }

        command.Clear();
    }

    private sealed class CommandBuilder
    {
        public List<string> Assignments { get; } = [];

        public List<ShellWord> Words { get; } = [];

        public List<ShellWord> Writes { get; } = [];

        /// <summary>The words are names and values of a loop, not a command.</summary>
        public bool Discarded { get; set; }

        public bool IsEmpty => Assignments.Count == 0 && Writes.Count == 0 && (Words.Count == 0 || Discarded);

        public ScriptCommand Build() => new([.. Assignments], Discarded ? [] : [.. Words], [.. Writes]);

        public void Clear()
        {
            Assignments.Clear();
            Words.Clear();
            Writes.Clear();
            Discarded = false;
        }
    }
}
