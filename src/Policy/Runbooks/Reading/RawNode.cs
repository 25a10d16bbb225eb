namespace Cavra.Actors.Runbooks.Reading;

/// <summary>A parsed document before anything is known about its meaning; the same shape for YAML and JSON.</summary>
/// <param name="Mark">Where the node starts.</param>
/// <param name="Weight">Nodes in it with every alias counted as a copy, which is what bounds alias bombs.</param>
internal abstract record RawNode(Mark Mark, int Weight)
{
    /// <summary>A word for messages.</summary>
    public abstract string Kind { get; }
}

/// <summary>What a scalar is before conversion.</summary>
internal enum ScalarKind
{
    Null,
    Boolean,
    Integer,
    Number,
    Text,
}

/// <summary>A single value. <see cref="Text"/> is the text as written (unescaped), whatever its kind.</summary>
internal sealed record RawScalar(Mark Mark, ScalarKind Scalar, string Text) : RawNode(Mark, 1)
{
    public override string Kind => Scalar switch
    {
        ScalarKind.Null => "nothing",
        ScalarKind.Boolean => "true or false",
        ScalarKind.Integer => "a whole number",
        ScalarKind.Number => "a number",
        _ => "text",
    };
}

/// <summary>A list.</summary>
internal sealed record RawList(Mark Mark, IReadOnlyList<RawNode> Items, int Weight) : RawNode(Mark, Weight)
{
    public override string Kind => "a list";
}

/// <summary>One field of a mapping with the place of its key.</summary>
internal sealed record RawField(Mark Mark, string Name, RawNode Value);

/// <summary>A mapping in source order; keys are unique.</summary>
internal sealed record RawMap(Mark Mark, IReadOnlyList<RawField> Fields, int Weight) : RawNode(Mark, Weight)
{
    public override string Kind => "a mapping";

    /// <summary>The value of a field or null.</summary>
    public RawNode? this[string name]
    {
        get
        {
            foreach (var field in Fields)
            {
                if (field.Name == name)
                    return field.Value;
            }

            return null;
        }
    }
}
