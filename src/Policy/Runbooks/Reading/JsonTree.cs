using System.Text;
using System.Text.Json;

namespace Cavra.Actors.Runbooks.Reading;

/// <summary>Reads strict JSON (RFC 8259) into raw nodes, with line and column of every value.</summary>
internal ref struct JsonTree
{
    private readonly ProblemList _problems;
    private readonly LineIndex _lines;
    private Utf8JsonReader _reader;
    private int _nodes;

    private JsonTree(byte[] bytes, ProblemList problems)
    {
        _problems = problems;
        _lines = new LineIndex(bytes);
        _reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = TreeLimits.Depth + 1, CommentHandling = JsonCommentHandling.Disallow });
        _nodes = 0;
    }

    /// <summary>The root, or null with at least one problem recorded.</summary>
    public static RawNode? Read(string text, ProblemList problems)
    {
        try
        {
            var tree = new JsonTree(Encoding.UTF8.GetBytes(text), problems);
            tree._reader.Read();
            var root = tree.ReadValue();
            tree._reader.Read();
            return root;
        }
        catch (TreeException refusal)
        {
            problems.Add(refusal.Mark, "", refusal.Message);
        }
        catch (JsonException error)
        {
            problems.Add(new Mark((int)(error.LineNumber ?? 0) + 1, (int)(error.BytePositionInLine ?? 0) + 1), "", "Not valid JSON: " + WithoutPosition(error.Message));
        }
        catch (InvalidOperationException)
        {
            problems.Add(Mark.Start, "", "Not valid JSON: a text holds an unpaired surrogate.");
        }

        return null;
    }

    private RawNode ReadValue()
    {
        var mark = _lines.At(_reader.TokenStartIndex);
        if (++_nodes > TreeLimits.Nodes)
            throw new TreeException(mark, $"More than {TreeLimits.Nodes} values.");
        return _reader.TokenType switch
        {
            JsonTokenType.StartObject => ReadMap(mark),
            JsonTokenType.StartArray => ReadList(mark),
            JsonTokenType.String => new RawScalar(mark, ScalarKind.Text, _reader.GetString()!),
            JsonTokenType.Number => new RawScalar(mark, _reader.TryGetInt64(out _) ? ScalarKind.Integer : ScalarKind.Number, Encoding.ASCII.GetString(_reader.ValueSpan)),
            JsonTokenType.True => new RawScalar(mark, ScalarKind.Boolean, "true"),
            JsonTokenType.False => new RawScalar(mark, ScalarKind.Boolean, "false"),
            _ => new RawScalar(mark, ScalarKind.Null, ""),
        };
    }

    private RawList ReadList(Mark mark)
    {
        var items = new List<RawNode>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
            items.Add(ReadValue());
        return new RawList(mark, items, 1 + items.Sum(i => i.Weight));
    }

    private RawMap ReadMap(Mark mark)
    {
        var fields = new List<RawField>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
        {
            var at = _lines.At(_reader.TokenStartIndex);
            var name = _reader.GetString()!;
            _reader.Read();
            var value = ReadValue();
            if (!seen.Add(name))
                _problems.Add(at, name, $"The field {name} is given twice.");
            else
                fields.Add(new RawField(at, name, value));
        }

        return new RawMap(mark, fields, 1 + fields.Sum(f => 1 + f.Value.Weight));
    }

    private static string WithoutPosition(string message)
    {
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? message : message[..end];
    }
}
