namespace Cavra.Actors.Commands;

internal sealed partial class ScriptReader
{
    private bool IsRedirect()
    {
        var at = _at;
        while (at < _text.Length && char.IsAsciiDigit(_text[at]))
            at++;
        return at < _text.Length && _text[at] is '<' or '>';
    }

    private void ReadRedirect(CommandBuilder command)
    {
        while (char.IsAsciiDigit(_text[_at]))
            _at++;
        var operation = ReadOperator();
        if (operation is "<(" or ">(")
        {
            ReadCommands(End.Parenthesis);
            command.Words.Add(new ShellWord("", Dynamic: true));
            return;
        }

        SkipBlanks();
        var word = ReadWord(out var quotedFrom);
        switch (operation)
        {
            case "<<" or "<<-":
                _hereDocuments.Enqueue((word.Text, operation == "<<-", quotedFrom < 0));
                break;
            case "<" or "<<<":
                break;
            case ">&" or "<&" when word.Text is "-" || word.Text.All(char.IsAsciiDigit):
                break;
            default:
                command.Writes.Add(word);
                break;
        }
    }

    private string ReadOperator()
    {
        ReadOnlySpan<string> operators = ["<<<", "<<-", "<<", "<&", "<>", "<(", ">>", ">&", ">|", ">(", "<", ">"];
        foreach (var operation in operators)
        {
            if (!_text.AsSpan(_at).StartsWith(operation, StringComparison.Ordinal))
                continue;
            _at += operation.Length;
            return operation;
        }

        throw new ScriptException("a redirection cannot be read");
    }

    private void ReadHereDocuments()
    {
        while (_hereDocuments.TryDequeue(out var document))
        {
            var start = _at;
            var bodyEnd = _text.Length;
            while (_at < _text.Length)
            {
                var lineStart = _at;
                var lineEnd = _text.IndexOf('\n', _at) is var end && end < 0 ? _text.Length : end;
                var line = _text.AsSpan(lineStart, lineEnd - lineStart);
                _at = Math.Min(_text.Length, lineEnd + 1);
                if (!(document.StripTabs ? line.TrimStart('\t') : line).SequenceEqual(document.Delimiter))
                    continue;
                bodyEnd = lineStart;
                break;
            }

            if (document.Expands)
                new ScriptReader(_text[start..bodyEnd], _state).ReadExpansionsOnly();
        }
    }

    /// <summary>Reads a text that expands as within double quotes, for the commands that its substitutions run.</summary>
    private void ReadExpansionsOnly()
    {
        while (_at < _text.Length)
        {
            if (_text[_at] == '\\')
                _at += 2;
            else if (_text[_at] == '$')
                ReadDollar(new WordBuilder(), quoted: true);
            else if (_text[_at] == '`')
                ReadBackquotes();
            else
                _at++;
        }
    }
}
