using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Cavra.Actors.Approvals;

/// <summary>Reads quorum expressions into alternatives of clauses.</summary>
internal sealed class QuorumParser
{
    private readonly List<string> _tokens;
    private int _at;

    private QuorumParser(List<string> tokens) => _tokens = tokens;

    public static bool TryParse(string? text, [NotNullWhen(true)] out QuorumExpression? expression, [NotNullWhen(false)] out string? problem)
    {
        expression = null;
        if (string.IsNullOrWhiteSpace(text) || text.Length > QuorumExpression.MaxLength)
        {
            problem = $"A quorum has 1 to {QuorumExpression.MaxLength} characters, for example: 1 of sre and 1 of dba.";
            return false;
        }

        try
        {
            var parser = new QuorumParser(Tokens(text));
            var alternatives = parser.ReadOr(0);
            if (parser._at < parser._tokens.Count)
                throw new FormatException($"Unexpected {parser._tokens[parser._at]} in the quorum.");
            expression = new QuorumExpression(Regular(parser._tokens), alternatives);
            problem = null;
            return true;
        }
        catch (FormatException error)
        {
            problem = error.Message;
            return false;
        }
    }

    private ImmutableArray<ImmutableArray<QuorumClause>> ReadOr(int depth)
    {
        var alternatives = ReadAnd(depth);
        while (Take("or"))
            alternatives = Bounded(alternatives.AddRange(ReadAnd(depth)));
        return alternatives;
    }

    private ImmutableArray<ImmutableArray<QuorumClause>> ReadAnd(int depth)
    {
        var alternatives = ReadPrimary(depth);
        while (Take("and"))
        {
            var right = ReadPrimary(depth);
            if (alternatives.Length * right.Length > QuorumExpression.MaxAlternatives)
                throw new FormatException($"The quorum has more than {QuorumExpression.MaxAlternatives} alternatives.");
            alternatives = Bounded([.. alternatives.SelectMany(_ => right, (a, b) => Merge(a, b))]);
        }

        return alternatives;
    }

    /// <summary>Both sides together. Clauses of one role add up: different people must fill them.</summary>
    private static ImmutableArray<QuorumClause> Merge(ImmutableArray<QuorumClause> a, ImmutableArray<QuorumClause> b) =>
        [.. a.Concat(b).GroupBy(c => c.Role, StringComparer.Ordinal).Select(g => new QuorumClause(g.Sum(c => c.Count), g.Key))];

    private ImmutableArray<ImmutableArray<QuorumClause>> ReadPrimary(int depth)
    {
        if (depth > 16)
            throw new FormatException("The quorum is nested too deeply.");
        if (Take("("))
        {
            var inner = ReadOr(depth + 1);
            if (!Take(")"))
                throw new FormatException("A parenthesis in the quorum is not closed.");
            return inner;
        }

        var number = Next("a number");
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count is < 1 or > QuorumExpression.MaxCount)
            throw new FormatException($"{number} is not a number of people between 1 and {QuorumExpression.MaxCount}.");
        if (!Take("of"))
            throw new FormatException($"After {number} comes of and a role, for example: {number} of approver.");
        var role = Next("a role or group");
        if (role is "of" or "and" or "or" or "(" or ")" || !role.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or ':' or '/'))
            throw new FormatException($"{role} is not the name of a role or group.");
        return [[new QuorumClause(count, role)]];
    }

    private static ImmutableArray<ImmutableArray<QuorumClause>> Bounded(ImmutableArray<ImmutableArray<QuorumClause>> alternatives)
    {
        if (alternatives.Length > QuorumExpression.MaxAlternatives || alternatives.Any(a => a.Length > QuorumExpression.MaxClauses))
            throw new FormatException("The quorum is too large.");
        return alternatives;
    }

    private string Next(string wanted) => _at < _tokens.Count ? _tokens[_at++] : throw new FormatException($"The quorum ends where {wanted} is expected.");

    private bool Take(string token)
    {
        if (_at >= _tokens.Count || _tokens[_at] != token)
            return false;
        _at++;
        return true;
    }

    private static List<string> Tokens(string text)
    {
        var spaced = text.Replace("(", " ( ", StringComparison.Ordinal).Replace(")", " ) ", StringComparison.Ordinal);
        return [.. spaced.Split((char[])[' ', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)
            .Select(t => t.ToLowerInvariant() is "and" or "or" or "of" ? t.ToLowerInvariant() : t)];
    }

    private static string Regular(List<string> tokens) =>
        string.Join(' ', tokens).Replace("( ", "(", StringComparison.Ordinal).Replace(" )", ")", StringComparison.Ordinal);
}
