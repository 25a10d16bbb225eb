using System.Globalization;
using System.Text.RegularExpressions;
using Cavra.Actors.Runbooks.Reading;

namespace Cavra.Actors.Runbooks.Schema;

/// <summary>Compares raw nodes with shapes and reports every difference.</summary>
internal sealed class ShapeChecker(ProblemList problems)
{
    public void Check(RawNode node, Shape shape, string path)
    {
        switch (shape)
        {
            case MapShape map:
                CheckMap(node, map, path);
                break;
            case ListShape list:
                CheckList(node, list, path);
                break;
            case EitherShape either:
                CheckEither(node, either, path);
                break;
            default:
                CheckScalar(node, shape, path);
                break;
        }
    }

    private void CheckMap(RawNode node, MapShape shape, string path)
    {
        if (node is not RawMap map)
        {
            problems.Add(node.Mark, path, $"Must be a mapping, not {node.Kind}.");
            return;
        }

        foreach (var field in map.Fields)
        {
            var known = Array.Find(shape.Fields, f => f.Name == field.Name);
            if (known is null)
                problems.Add(field.Mark, Join(path, field.Name), Unknown(field.Name, shape));
            else
                Check(field.Value, known.Shape, Join(path, field.Name));
        }

        foreach (var field in shape.Fields)
        {
            if (field.Required && map[field.Name] is null)
                problems.Add(map.Mark, Join(path, field.Name), $"The field {field.Name} is required.");
        }
    }

    private static string Unknown(string name, MapShape shape)
    {
        var shown = name.Length > 64 ? name[..64] + "..." : name;
        var near = NearMiss.Find(name, shape.Fields.Select(f => f.Name));
        return near is null ? $"Unknown field {shown}." : $"Unknown field {shown}. Did you mean {near}?";
    }

    private void CheckList(RawNode node, ListShape shape, string path)
    {
        if (node is not RawList list)
        {
            problems.Add(node.Mark, path, $"Must be a list, not {node.Kind}.");
            return;
        }

        if (list.Items.Count < shape.MinItems)
            problems.Add(node.Mark, path, $"Must have at least {shape.MinItems} {(shape.MinItems == 1 ? "entry" : "entries")}.");
        if (list.Items.Count > shape.MaxItems)
        {
            problems.Add(node.Mark, path, $"Must have at most {shape.MaxItems} entries, has {list.Items.Count}.");
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < list.Items.Count; i++)
        {
            Check(list.Items[i], shape.Item, $"{path}[{i}]");
            if (shape.Unique && list.Items[i] is RawScalar scalar && !seen.Add(scalar.Text))
                problems.Add(scalar.Mark, $"{path}[{i}]", $"{Shown(scalar.Text)} is listed twice.");
        }
    }

    private void CheckEither(RawNode node, EitherShape shape, string path)
    {
        var option = Array.Find(shape.Options, o => Fits(node, o));
        if (option is null)
            problems.Add(node.Mark, path, $"{shape.Description} Found {node.Kind}.");
        else
            Check(node, option, path);
    }

    private static bool Fits(RawNode node, Shape shape) => shape switch
    {
        MapShape => node is RawMap,
        ListShape => node is RawList,
        _ => node is RawScalar { Scalar: not ScalarKind.Null },
    };

    private void CheckScalar(RawNode node, Shape shape, string path)
    {
        if (node is not RawScalar scalar)
        {
            problems.Add(node.Mark, path, $"Must be {Wanted(shape)}, not {node.Kind}.");
            return;
        }

        if (ScalarProblem(scalar, shape) is { } message)
            problems.Add(scalar.Mark, path, message);
    }

    private static string? ScalarProblem(RawScalar scalar, Shape shape) => shape switch
    {
        TextShape text when scalar.Scalar == ScalarKind.Text => TextProblem(scalar.Text, text),
        WordShape word when scalar.Scalar != ScalarKind.Null => WordProblem(scalar.Text, word),
        ChoiceShape choice when scalar.Scalar == ScalarKind.Text => ChoiceProblem(scalar.Text, choice),
        BooleanShape when scalar.Scalar == ScalarKind.Boolean => null,
        IntegerShape range when scalar.Scalar == ScalarKind.Integer => IntegerProblem(scalar.Text, range),
        NumberShape range when scalar.Scalar is ScalarKind.Integer or ScalarKind.Number => NumberProblem(scalar.Text, range),
        DurationShape range when scalar.Scalar == ScalarKind.Text => DurationProblem(scalar.Text, range),
        DurationShape when scalar.Scalar is ScalarKind.Integer or ScalarKind.Number => $"A duration needs a unit: write {Shown(scalar.Text)}s for seconds.",
        _ => $"Must be {Wanted(shape)}, not {scalar.Kind}.",
    };

    private static string? TextProblem(string text, TextShape shape)
    {
        if (text.Length == 0 && !shape.AllowEmpty || !shape.AllowEmpty && string.IsNullOrWhiteSpace(text))
            return "Must not be empty.";
        if (text.Length > shape.MaxLength)
            return $"Must be at most {shape.MaxLength} characters, has {text.Length}.";
        if (TextSafety.Problem(text, shape.Multiline) is { } unsafeText)
            return $"The text {unsafeText}.";
        if (shape.Pattern is not null && !Regex.IsMatch(text, shape.Pattern.Replace("$", "\\z", StringComparison.Ordinal), RegexOptions.NonBacktracking))
            return $"{Shown(text)} is not valid: must be {shape.PatternMeaning}.";
        return null;
    }

    private static string? WordProblem(string text, WordShape shape)
    {
        if (text.Length > shape.MaxLength)
            return $"Must be at most {shape.MaxLength} characters, has {text.Length}.";
        return TextSafety.Problem(text, multiline: true) is { } problem ? $"The text {problem}." : null;
    }

    private static string? ChoiceProblem(string text, ChoiceShape shape)
    {
        if (shape.Choices.Contains(text))
            return null;
        var near = NearMiss.Find(text, shape.Choices);
        return $"{Shown(text)} is not one of {string.Join(", ", shape.Choices)}." + (near is null ? "" : $" Did you mean {near}?");
    }

    private static string? IntegerProblem(string text, IntegerShape shape) =>
        long.Parse(text, CultureInfo.InvariantCulture) is var value && value >= shape.Min && value <= shape.Max
            ? null : $"Must be between {shape.Min} and {shape.Max}, is {Shown(text)}.";

    private static string? NumberProblem(string text, NumberShape shape) =>
        double.Parse(text, CultureInfo.InvariantCulture) is var value && value >= shape.Min && value <= shape.Max
            ? null : $"Must be between {shape.Min} and {shape.Max}, is {Shown(text)}.";

    private static string? DurationProblem(string text, DurationShape shape)
    {
        if (!DurationText.TryParse(text, out var value))
            return $"{Shown(text)} is not a duration: write 90s, 10m, 1h30m or 00:10:00.";
        return value >= shape.Min && value <= shape.Max
            ? null : $"Must be between {DurationText.Format(shape.Min)} and {DurationText.Format(shape.Max)}, is {Shown(text)}.";
    }

    private static string Wanted(Shape shape) => shape switch
    {
        BooleanShape => "true or false",
        IntegerShape => "a whole number",
        NumberShape => "a number",
        DurationShape => "a duration such as 90s",
        ChoiceShape choice => "one of " + string.Join(", ", choice.Choices),
        _ => "text",
    };

    internal static string Join(string path, string name) => path.Length == 0 ? name : path + "." + name;

    internal static string Shown(string text) => text.Length > 80 ? $"\"{text[..80]}...\"" : $"\"{text}\"";
}
