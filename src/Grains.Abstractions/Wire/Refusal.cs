using System.Collections.Immutable;
using Cavra.Actors.Policy;

namespace Cavra.Actors.Wire;

/// <summary>
/// A command that was understood and not carried out. <see cref="Code"/> is one of the contract's stable codes; the HTTP edge maps it to its
/// status. A value, never an exception.
/// </summary>
[GenerateSerializer, Alias("cavra.refusal"), Immutable]
public sealed record Refusal
{
    /// <summary>The stable code, e.g. <c>already_decided</c>.</summary>
    [Id(0)] public required string Code { get; init; }

    /// <summary>What was wrong and what to do, for people.</summary>
    [Id(1)] public required string Detail { get; init; }

    /// <summary>Policy rules behind it, if any.</summary>
    [Id(2)] public ImmutableArray<RuleHit> Rules { get; init; } = [];

    /// <summary>Extra members of the problem document, e.g. <c>decided_by</c>, <c>session_id</c>, <c>successor</c>.</summary>
    [Id(3)] public ImmutableSortedDictionary<string, string> Extra { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Messages per field, for 400s.</summary>
    [Id(4)] public ImmutableSortedDictionary<string, ImmutableArray<string>> Errors { get; init; } = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>Makes a refusal without extras.</summary>
    public static Refusal Of(string code, string detail) => new() { Code = code, Detail = detail };

    /// <summary>The same with one more member.</summary>
    public Refusal With(string name, string value) => this with { Extra = Extra.SetItem(name, value) };
}
