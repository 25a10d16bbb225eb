using System.Collections.Immutable;
using System.Globalization;

namespace Cavra.Actors.Runbooks.Reading;

/// <summary>Takes values out of a mapping; whatever does not fit reads as absent, because the shape check has reported it.</summary>
internal readonly struct RawReader(RawMap map)
{
    public bool Has(string name) => map[name] is not null;

    public string? Text(string name) => map[name] is RawScalar { Scalar: not ScalarKind.Null } scalar ? scalar.Text : null;

    public bool Bool(string name, bool absent = false) =>
        map[name] is RawScalar { Scalar: ScalarKind.Boolean } scalar ? scalar.Text.Equals("true", StringComparison.OrdinalIgnoreCase) : absent;

    public int? Int(string name) =>
        map[name] is RawScalar { Scalar: ScalarKind.Integer } scalar && int.TryParse(scalar.Text, CultureInfo.InvariantCulture, out var value) ? value : null;

    public double? Number(string name) =>
        map[name] is RawScalar { Scalar: ScalarKind.Integer or ScalarKind.Number } scalar
        && double.TryParse(scalar.Text, CultureInfo.InvariantCulture, out var value) ? value : null;

    public TimeSpan? Duration(string name) => Text(name) is { } text && DurationText.TryParse(text, out var value) ? value : null;

    public TEnum? Choice<TEnum>(string name) where TEnum : struct, Enum =>
        Text(name) is { } text && Enum.TryParse<TEnum>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) ? value : null;

    public RawReader? Map(string name) => map[name] is RawMap inner ? new RawReader(inner) : null;

    public IReadOnlyList<RawNode> List(string name) => map[name] is RawList list ? list.Items : [];

    public ImmutableArray<string> Texts(string name) =>
        [.. List(name).OfType<RawScalar>().Where(s => s.Scalar != ScalarKind.Null).Select(s => s.Text)];
}
