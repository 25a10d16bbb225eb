using System.Text;

namespace Cavra.Actors.Commands;

internal sealed partial class ScriptReader
{
    /// <summary>Reads one word. <paramref name="quotedFrom"/> is the length of the text before the first quoting, or -1 without any.</summary>
    private ShellWord ReadWord(out int quotedFrom)
    {
        var word = new WordBuilder();
        var start = _at;
        var first = -1;
        while (_at < _text.Length)
        {
            var c = _text[_at];
            if (c is ' ' or '\t' or '\r' or '\n' or ';' or '&' or '|' or '<' or '>' or '(' or ')')
                break;
            if (first < 0 && c is '\\' or '\'' or '"')
                first = _at - start;
            ReadPiece(word, c);
        }

        quotedFrom = first;
        var raw = _text.AsSpan(start, _at - start);
        // Brace expansion and a leading tilde are not POSIX sh everywhere, but where they exist they make other words.
        if (raw.StartsWith('~') || (raw.Contains('{') && raw.Contains('}') && (raw.Contains(',') || raw.IndexOf("..") >= 0)))
            word.MarkDynamic(splits: true);
        return word.Build();
    }

    private void ReadPiece(WordBuilder word, char c)
    {
        switch (c)
        {
            case '\\':
                if (_at + 1 < _text.Length && _text[_at + 1] != '\n')
                    word.Text.Append(_text[_at + 1]);
                _at = Math.Min(_text.Length, _at + 2);
                break;
            case '\'':
                ReadSingleQuotes(word);
                break;
            case '"':
                ReadDoubleQuotes(word);
                break;
            case '$':
                ReadDollar(word, quoted: false);
                break;
            case '`':
                ReadBackquotes();
                word.MarkDynamic(splits: true);
                break;
            case '*' or '?':
                // A pattern that starts with text cannot become an option.
                word.MarkDynamic(splits: word.Text.Length == 0);
                goto default;
            case '[' when word.Text.Length > 0 || _text.AsSpan(_at).IndexOfAny(' ', ']') is var close && close > 0 && _text[_at + close] == ']':
                word.MarkDynamic(splits: word.Text.Length == 0);
                goto default;
            default:
                Note(ScriptContext.Plain);
                word.Text.Append(c);
                _at++;
                break;
        }
    }

    private void Note(ScriptContext context)
    {
        if (_outermost && _state.Contexts.ContainsKey(_at))
            _state.Contexts[_at] = context;
    }

    private void ReadSingleQuotes(WordBuilder word)
    {
        var end = _text.IndexOf('\'', _at + 1);
        if (end < 0)
            throw new ScriptException("a single quote is not closed");
        word.Text.Append(_text, _at + 1, end - _at - 1);
        _at = end + 1;
    }

    private void ReadDoubleQuotes(WordBuilder word)
    {
        _at++;
        while (_at < _text.Length)
        {
            var c = _text[_at];
            switch (c)
            {
                case '"':
                    _at++;
                    return;
                case '\\' when _at + 1 < _text.Length && _text[_at + 1] is '$' or '`' or '"' or '\\' or '\n':
                    if (_text[_at + 1] != '\n')
                        word.Text.Append(_text[_at + 1]);
                    _at += 2;
                    break;
                case '$':
                    ReadDollar(word, quoted: true);
                    break;
                case '`':
                    ReadBackquotes();
                    word.MarkDynamic(splits: false);
                    break;
                default:
                    Note(ScriptContext.DoubleQuoted);
                    word.Text.Append(c);
                    _at++;
                    break;
            }
        }

        throw new ScriptException("a double quote is not closed");
    }

    private void ReadDollar(WordBuilder word, bool quoted)
    {
        if (++_state.Depth > ScriptState.MaxDepth)
            throw new ScriptException("it is nested too deeply");
        ReadExpansion(word, quoted);
        _state.Depth--;
    }

    private void ReadExpansion(WordBuilder word, bool quoted)
    {
        var next = _at + 1 < _text.Length ? _text[_at + 1] : '\0';
        switch (next)
        {
            case '(' when _at + 2 < _text.Length && _text[_at + 2] == '(':
                _at += 3;
                ReadArithmetic();
                word.MarkDynamic(!quoted);
                break;
            case '(':
                _at += 2;
                ReadCommands(End.Parenthesis);
                word.MarkDynamic(!quoted);
                break;
            case '{':
                _at += 2;
                ReadParameter(word, quoted);
                break;
            case '\'' when !quoted:
                throw new ScriptException("it uses $'...' quoting");
            case '"' when !quoted:
                _at++;
                ReadDoubleQuotes(word);
                word.MarkDynamic(splits: false);
                break;
            case '_' or (>= 'A' and <= 'Z') or (>= 'a' and <= 'z'):
                _at++;
                var start = _at;
                while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] == '_'))
                    _at++;
                TakeVariable(word, _text[start.._at], quoted);
                break;
            case '@' or '*' or '#' or '?' or '-' or '$' or '!' or (>= '0' and <= '9'):
                _at += 2;
                word.MarkDynamic(!quoted || next == '@');
                break;
            default:
                word.Text.Append('$');
                _at++;
                break;
        }
    }

    private void TakeVariable(WordBuilder word, string name, bool quoted)
    {
        if (quoted && _state.Known.TryGetValue(name, out var value))
            word.Text.Append(value);
        else
            word.MarkDynamic(!quoted);
    }

    /// <summary>Reads <c>${...}</c> after the brace; commands in its default value are commands of the script.</summary>
    private void ReadParameter(WordBuilder word, bool quoted)
    {
        var start = _at;
        while (_at < _text.Length && _text[_at] != '}')
        {
            if (_text[_at] == '\\')
                _at += 2;
            else if (_text[_at] == '\'' && !quoted)
                ReadSingleQuotes(new WordBuilder());
            else if (_text[_at] == '"')
                Unnoted(() => ReadDoubleQuotes(new WordBuilder()));
            else if (_text[_at] == '$')
                Unnoted(() => ReadDollar(new WordBuilder(), quoted));
            else if (_text[_at] == '`')
                ReadBackquotes();
            else
                _at++;
        }

        if (_at >= _text.Length)
            throw new ScriptException("a brace is not closed");
        TakeVariable(word, _text[start.._at], quoted);
        _at++;
    }

    /// <summary>Templates inside a parameter expansion are in no safe context, whatever quotes stand around them there.</summary>
    private void Unnoted(Action read)
    {
        var inner = new Dictionary<int, ScriptContext>(_state.Contexts);
        read();
        foreach (var (position, context) in inner)
            _state.Contexts[position] = context;
    }

    private void ReadArithmetic()
    {
        for (var open = 2; open > 0;)
        {
            if (_at >= _text.Length)
                throw new ScriptException("an arithmetic expansion is not closed");
            var c = _text[_at];
            if (c == '$' || c == '`')
            {
                Unnoted(() => ReadPiece(new WordBuilder(), c));
                continue;
            }

            open += c == '(' ? 1 : c == ')' ? -1 : 0;
            _at++;
        }
    }

    private void ReadBackquotes()
    {
        var inner = new StringBuilder();
        for (_at++; _at < _text.Length && _text[_at] != '`'; _at++)
        {
            if (_text[_at] == '\\' && _at + 1 < _text.Length && _text[_at + 1] is '`' or '\\' or '$')
                _at++;
            inner.Append(_text[_at]);
        }

        if (_at >= _text.Length)
            throw new ScriptException("a backquote is not closed");
        _at++;
        new ScriptReader(inner.ToString(), _state).ReadAll();
    }

    /// <summary>Takes <c>NAME=value</c> in front of a command.</summary>
    private bool TakeAssignment(CommandBuilder command, int start, int quotedFrom, ShellWord word)
    {
        var raw = _text.AsSpan(start, _at - start);
        var equals = raw.IndexOf('=');
        if (equals <= 0 || (quotedFrom >= 0 && quotedFrom < equals))
            return false;
        var name = raw[..equals].TrimEnd('+');
        if (!IsName(name))
            return false;
        command.Assignments.Add(name.ToString());
        if (name.StartsWith(ShellScript.ReservedPrefix, StringComparison.Ordinal))
        {
            if (word.Dynamic || !_outermost || raw[equals - 1] == '+' || _state.Known.ContainsKey(name.ToString()))
                throw new ScriptException($"it sets {name}, which is reserved");
            _state.Known[name.ToString()] = word.Text[(name.Length + 1)..];
        }

        return true;
    }

    private static bool IsName(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || char.IsAsciiDigit(text[0]))
            return false;
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
                return false;
        }

        return true;
    }

    private sealed class WordBuilder
    {
        private bool _dynamic;
        private bool _splits;

        public StringBuilder Text { get; } = new();

        public void MarkDynamic(bool splits)
        {
            _dynamic = true;
            _splits |= splits;
        }

        public ShellWord Build() => new(Text.ToString(), _dynamic, _splits);
    }
}
