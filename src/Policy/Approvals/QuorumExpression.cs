using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Cavra.Actors.Approvals;

/// <summary>
/// Who must agree, for example <c>2 of approver</c>, <c>1 of sre and 1 of dba</c>, <c>2 of approver or (1 of sre and 1 of dba)</c>. <c>and</c> binds tighter than
/// <c>or</c>. Kept as alternatives, each a list of clauses that must all be filled by different people. Bounds: 500 characters, 20 people in a clause,
/// 32 alternatives, 16 clauses in each.
/// </summary>
public sealed class QuorumExpression : IEquatable<QuorumExpression>
{
    /// <summary>Longest expression, characters.</summary>
    public const int MaxLength = 500;

    /// <summary>Most people that one clause may ask for.</summary>
    public const int MaxCount = 20;

    internal const int MaxAlternatives = 32;
    internal const int MaxClauses = 16;

    /// <summary>One approver: the default of a gate.</summary>
    public static readonly QuorumExpression OneApprover = Parse("1 of approver");

    /// <summary>The two-key rule's default (details, "Validation modes").</summary>
    public static readonly QuorumExpression TwoKeys = Parse("2 of approver");

    internal QuorumExpression(string text, ImmutableArray<ImmutableArray<QuorumClause>> alternatives)
    {
        Text = text;
        Alternatives = alternatives;
    }

    /// <summary>The expression, blanks made regular.</summary>
    public string Text { get; }

    /// <summary>The ways to meet it.</summary>
    public ImmutableArray<ImmutableArray<QuorumClause>> Alternatives { get; }

    /// <summary>The fewest different people that can meet it.</summary>
    public int FewestPeople => Alternatives.Min(a => a.Sum(c => c.Count));

    /// <summary>Reads an expression; throws on a malformed one, which only configuration may rely on.</summary>
    public static QuorumExpression Parse(string text) =>
        TryParse(text, out var expression, out var problem) ? expression : throw new FormatException(problem);

    /// <summary>Reads an expression; <paramref name="problem"/> says in plain words what is wrong with it.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out QuorumExpression? expression, [NotNullWhen(false)] out string? problem) =>
        QuorumParser.TryParse(text, out expression, out problem);

    /// <summary>
    /// The same expression, made to need two different people where it does not already (spec 4.2, two-key rule): one more approver beside whoever it names.
    /// </summary>
    public QuorumExpression WithTwoKeys() => FewestPeople >= 2 ? this : Parse(Alternatives.Length > 1 ? $"({Text}) and 1 of approver" : $"{Text} and 1 of approver");

    /// <inheritdoc/>
    public bool Equals(QuorumExpression? other) => other is not null && other.Text == Text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as QuorumExpression);

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary><paramref name="Count"/> different people who hold <paramref name="Role"/> (a role or a group).</summary>
public readonly record struct QuorumClause(int Count, string Role);
