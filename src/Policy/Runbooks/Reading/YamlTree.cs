using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Cavra.Actors.Runbooks.Reading;

/// <summary>
/// Reads YAML into raw nodes, with the core schema's plain scalars and nothing else: no tags, no merge keys, one document.
/// Aliases are allowed and count as copies, so that a bomb meets the node limit before it costs memory.
/// </summary>
internal sealed class YamlTree
{
    private readonly Dictionary<string, RawNode> _anchors = new(StringComparer.Ordinal);
    private readonly ProblemList _problems;
    private readonly Parser _parser;
    private int _nodes;

    private YamlTree(string text, ProblemList problems)
    {
        _problems = problems;
        _parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
    }

    /// <summary>The root, or null with at least one problem recorded.</summary>
    public static RawNode? Read(string text, ProblemList problems)
    {
        try
        {
            return new YamlTree(text, problems).ReadDocument();
        }
        catch (TreeException refusal)
        {
            problems.Add(refusal.Mark, "", refusal.Message);
        }
        catch (YamlException error)
        {
            problems.Add(At(error.Start), "", $"Not valid YAML: {FirstLine(error.Message)}");
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or OverflowException or FormatException)
        {
            // The YAML scanner lets a few malformed escapes out as plain exceptions.
            problems.Add(Mark.Start, "", $"Not valid YAML: {FirstLine(error.Message)}");
        }

        return null;
    }

    private RawNode? ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out _))
        {
            _problems.Add(Mark.Start, "", "The document is empty.");
            return null;
        }

        _parser.Consume<DocumentStart>();
        var root = ReadNode(0);
        _parser.Consume<DocumentEnd>();
        if (_parser.Accept<DocumentStart>(out var second))
            throw new TreeException(At(second.Start), "Only one document is allowed in a file.");
        return root;
    }

    private RawNode ReadNode(int depth)
    {
        var mark = At(_parser.Current!.Start);
        if (depth > TreeLimits.Depth)
            throw new TreeException(mark, $"Nested deeper than {TreeLimits.Depth} levels.");
        if (_parser.TryConsume<AnchorAlias>(out var alias))
            return Resolve(alias, mark);
        if (_parser.Current is NodeEvent { Tag.IsEmpty: false } tagged && !IsNonSpecific(tagged.Tag))
            throw new TreeException(mark, $"Tags are not allowed: {tagged.Tag.Value}");
        Count(1, mark);
        var anchor = _parser.Current is NodeEvent node ? node.Anchor : AnchorName.Empty;
        RawNode result = _parser.Current switch
        {
            Scalar => ReadScalar(mark),
            SequenceStart => ReadList(mark, depth),
            MappingStart => ReadMap(mark, depth),
            _ => throw new TreeException(mark, "Unexpected content."),
        };
        if (!anchor.IsEmpty)
            _anchors[anchor.Value] = result;
        return result;
    }

    private RawNode Resolve(AnchorAlias alias, Mark mark)
    {
        if (!_anchors.TryGetValue(alias.Value.Value, out var target))
            throw new TreeException(mark, $"The alias *{alias.Value.Value} names no anchor before it.");
        Count(target.Weight, mark);
        return target;
    }

    private void Count(int nodes, Mark mark)
    {
        _nodes += nodes;
        if (_nodes > TreeLimits.Nodes)
            throw new TreeException(mark, $"More than {TreeLimits.Nodes} values, aliases counted as copies.");
    }

    private RawList ReadList(Mark mark, int depth)
    {
        _parser.Consume<SequenceStart>();
        var items = new List<RawNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
            items.Add(ReadNode(depth + 1));
        return new RawList(mark, items, 1 + items.Sum(i => i.Weight));
    }

    private RawMap ReadMap(Mark mark, int depth)
    {
        _parser.Consume<MappingStart>();
        var fields = new List<RawField>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var at = At(_parser.Current!.Start);
            if (ReadNode(depth + 1) is not RawScalar key)
                throw new TreeException(at, "A key must be plain text.");
            var value = ReadNode(depth + 1);
            if (!seen.Add(key.Text))
                _problems.Add(at, key.Text, $"The field {key.Text} is given twice.");
            else
                fields.Add(new RawField(at, key.Text, value));
        }

        return new RawMap(mark, fields, 1 + fields.Sum(f => 1 + f.Value.Weight));
    }

    private RawScalar ReadScalar(Mark mark)
    {
        var scalar = _parser.Consume<Scalar>();
        var kind = scalar.Style == ScalarStyle.Plain && scalar.Tag.IsEmpty ? PlainKind(scalar.Value) : ScalarKind.Text;
        return new RawScalar(mark, kind, scalar.Value);
    }

    private static ScalarKind PlainKind(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => ScalarKind.Null,
        "true" or "True" or "TRUE" or "false" or "False" or "FALSE" => ScalarKind.Boolean,
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) => ScalarKind.Integer,
        _ when IsNumber(text) => ScalarKind.Number,
        _ => ScalarKind.Text,
    };

    private static bool IsNumber(string text) =>
        text[0] is '-' or '+' or '.' or (>= '0' and <= '9')
        && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value);

    private static bool IsNonSpecific(TagName tag) => tag.IsNonSpecific;

    private static Mark At(YamlDotNet.Core.Mark mark) => new((int)Math.Max(1, mark.Line), (int)Math.Max(1, mark.Column));

    private static string FirstLine(string message)
    {
        var end = message.IndexOfAny(['\r', '\n']);
        return end < 0 ? message : message[..end];
    }
}
