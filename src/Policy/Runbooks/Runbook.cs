using System.Collections.Immutable;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Runbooks;

/// <summary>A runbook as its author wrote it, checked, with every default filled in (contract, section Runbooks).</summary>
public sealed record Runbook
{
    /// <summary>Stable id, <c>rb-...</c>.</summary>
    public required string RunbookId { get; init; }

    /// <summary>One line for people.</summary>
    public required string Title { get; init; }

    /// <summary>Longer text for people, or null.</summary>
    public string? Description { get; init; }

    /// <summary>The group that answers for it, or null.</summary>
    public string? Owner { get; init; }

    /// <summary>Which tickets it is derived from, or null when it must be named.</summary>
    public RunbookMatch? Match { get; init; }

    /// <summary>Where it may run. Absent means everywhere.</summary>
    public required ImmutableArray<TargetEnvironment> Environments { get; init; }

    /// <summary>What the operator may or must give at the start.</summary>
    public ImmutableArray<InputDeclaration> Inputs { get; init; } = [];

    /// <summary>What a worker must offer.</summary>
    public WorkerRequirements WorkerRequirements { get; init; } = new();

    /// <summary>Checks before; numbered first.</summary>
    public ImmutableArray<RunbookStep> Prechecks { get; init; } = [];

    /// <summary>The work; at least one.</summary>
    public required ImmutableArray<RunbookStep> Steps { get; init; }

    /// <summary>Checks after; numbered last.</summary>
    public ImmutableArray<RunbookStep> Postchecks { get; init; } = [];

    /// <summary>Every step with its phase, in the order in which they are numbered.</summary>
    public IEnumerable<(StepPhase Phase, RunbookStep Step)> Numbered() =>
        Prechecks.Select(s => (StepPhase.Precheck, s)).Concat(Steps.Select(s => (StepPhase.Main, s))).Concat(Postchecks.Select(s => (StepPhase.Postcheck, s)));
}

/// <summary>Derivation rule: a ticket whose id starts with the prefix, for the service, when given.</summary>
public sealed record RunbookMatch(string? TicketPrefix, string? Service);

/// <summary>What an input's value must look like.</summary>
public enum InputType
{
    /// <summary>Any text within the bounds.</summary>
    String,

    /// <summary>A whole number of 64 bits.</summary>
    Integer,

    /// <summary>A finite decimal number.</summary>
    Number,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Boolean,
}

/// <summary>One declared input.</summary>
public sealed record InputDeclaration
{
    /// <summary>Longest value when the declaration says nothing, in UTF-16 units.</summary>
    public const int DefaultMaxLength = 4096;

    /// <summary>Name used in <c>{{inputs.name}}</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Type of the value.</summary>
    public InputType Type { get; init; }

    /// <summary>Whether the operator must give it. An input with neither value nor default is substituted as empty text.</summary>
    public bool Required { get; init; }

    /// <summary>Value when none is given, as text, or null.</summary>
    public string? Default { get; init; }

    /// <summary>The whole value must match this expression (linear-time subset), or null.</summary>
    public string? Pattern { get; init; }

    /// <summary>The allowed values, as text; empty for no such limit.</summary>
    public ImmutableArray<string> Enum { get; init; } = [];

    /// <summary>Longest value in UTF-16 units, 1..32768.</summary>
    public int MaxLength { get; init; } = DefaultMaxLength;

    /// <summary>For people, or null.</summary>
    public string? Description { get; init; }
}
