using System.Collections.Immutable;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Workers;

/// <summary>What a command led to: events, nothing (a repeat), or a refusal. A refusal may still carry events that time alone caused.</summary>
internal readonly record struct WorkerDecision(ImmutableArray<WorkerEvent> Events, Refusal? Refusal)
{
    public static WorkerDecision NoOp { get; } = new([], null);

    public bool Accepted => Refusal is null;

    public static WorkerDecision Of(params ImmutableArray<WorkerEvent> events) => new(events, null);

    public static WorkerDecision Refused(string code, string detail) => new([], Refusal.Of(code, detail));
}
