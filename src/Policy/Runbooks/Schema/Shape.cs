namespace Cavra.Actors.Runbooks.Schema;

/// <summary>What a field may hold. The loader and the JSON schema are both made from these, so that they cannot disagree.</summary>
/// <param name="Description">What it means, for the schema and for messages.</param>
internal abstract record Shape(string Description);

/// <summary>Text. Control characters other than tab and newline are refused everywhere, line breaks unless <paramref name="Multiline"/>.</summary>
internal sealed record TextShape(string Description, int MaxLength, string? Pattern = null, string? PatternMeaning = null, bool Multiline = false, bool AllowEmpty = false)
    : Shape(Description);

/// <summary>An argument of a command: text, or a number or boolean taken as written (<c>["sleep", 5]</c>).</summary>
internal sealed record WordShape(string Description, int MaxLength) : Shape(Description);

/// <summary>One of a closed list of words.</summary>
internal sealed record ChoiceShape(string Description, params string[] Choices) : Shape(Description);

/// <summary>A whole number.</summary>
internal sealed record IntegerShape(string Description, long Min, long Max) : Shape(Description);

/// <summary>A number.</summary>
internal sealed record NumberShape(string Description, double Min, double Max) : Shape(Description);

/// <summary><c>true</c> or <c>false</c>.</summary>
internal sealed record BooleanShape(string Description) : Shape(Description);

/// <summary>A duration (<see cref="DurationText"/>).</summary>
internal sealed record DurationShape(string Description, TimeSpan Min, TimeSpan Max) : Shape(Description);

/// <summary>A list.</summary>
internal sealed record ListShape(string Description, Shape Item, int MinItems, int MaxItems, bool Unique = false) : Shape(Description);

/// <summary>A mapping with known fields only.</summary>
internal sealed record MapShape(string Description, params FieldShape[] Fields) : Shape(Description);

/// <summary>Any of several shapes; the first whose kind fits is taken.</summary>
internal sealed record EitherShape(string Description, params Shape[] Options) : Shape(Description);

/// <summary>A named field of a mapping.</summary>
internal sealed record FieldShape(string Name, Shape Shape, bool Required = false);
