using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Runbooks;

/// <summary>A tenant's runbooks and the plans made from them; the key is the tenant.</summary>
[Alias("cavra.IRunbookCatalog")]
public interface IRunbookCatalog : IGrainWithStringKey
{
    /// <summary>Every runbook's newest version, by id.</summary>
    [Alias("List")]
    Task<ImmutableArray<RunbookSummary>> List();

    /// <summary>A version (the newest when null); null when there is none.</summary>
    [Alias("Get")]
    Task<RunbookDocument?> Get(string runbookId, int? version);

    /// <summary>Stores a new version unless it is identical.</summary>
    [Alias("Put")]
    Task<PutRunbookReply> Put(PutRunbook command);

    /// <summary>The problems of a document; empty when it is good.</summary>
    [Alias("Validate")]
    Task<ImmutableArray<RunbookProblem>> Validate(string text, string contentType);

    /// <summary>What would run, or why it cannot start. Pure but for the reading; the answer may be shared between sessions.</summary>
    [Alias("Plan")]
    Task<PlanReply> Plan(PlanRequest request);
}

/// <summary>A runbook in a list.</summary>
[GenerateSerializer, Alias("cavra.runbook-summary"), Immutable]
public sealed record RunbookSummary(
    string RunbookId, string Title, string? Owner, int Version, string Digest, ImmutableArray<TargetEnvironment> Environments, int StepCount, DateTimeOffset UpdatedAt, string UpdatedBy);

/// <summary>A stored version: its text as given, and its canonical JSON.</summary>
[GenerateSerializer, Alias("cavra.runbook-document"), Immutable]
public sealed record RunbookDocument(
    string RunbookId, int Version, string Digest, string Source, string ContentType, string CanonicalJson, DateTimeOffset CreatedAt, string CreatedBy);

/// <summary>A document to store. <paramref name="RunbookId"/> is the path's id and must agree with the body's.</summary>
[GenerateSerializer, Alias("cavra.put-runbook"), Immutable]
public sealed record PutRunbook(Actor Actor, string RunbookId, string Text, string ContentType, string? IfMatch, string? TraceId);

/// <summary>How the store went.</summary>
[GenerateSerializer, Alias("cavra.put-runbook-reply"), Immutable]
public sealed record PutRunbookReply(RunbookDocument? Document, bool Created, bool Unchanged, ImmutableArray<RunbookProblem> Problems, Refusal? Refusal);

/// <summary>A problem with its place in the text (line and column from 1).</summary>
[GenerateSerializer, Alias("cavra.runbook-problem"), Immutable]
public sealed record RunbookProblem(int Line, int Column, string Path, string Message);

/// <summary>A session that someone wants to start or preview.</summary>
[GenerateSerializer, Alias("cavra.plan-request"), Immutable]
public sealed record PlanRequest
{
    /// <summary>Who asks.</summary>
    [Id(0)] public required Actor Actor { get; init; }

    /// <summary>The ticket; used to derive the runbook when none is named.</summary>
    [Id(1)] public required string TicketId { get; init; }

    /// <summary>The runbook, if named.</summary>
    [Id(2)] public string? RunbookId { get; init; }

    /// <summary>The profile.</summary>
    [Id(3)] public required EnvironmentProfile EnvironmentProfile { get; init; }

    /// <summary>The mode asked for; policy's default when null.</summary>
    [Id(4)] public ValidationMode? ValidationMode { get; init; }

    /// <summary>The inputs, each as JSON text.</summary>
    [Id(5)] public ImmutableSortedDictionary<string, string> InputsJson { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>
/// The plan, or the refusal. A preview shows both: a plan that cannot start still has its sheet, with <see cref="Problems"/>.
/// </summary>
[GenerateSerializer, Alias("cavra.plan-reply"), Immutable]
public sealed record PlanReply
{
    /// <summary>The plan; null when not even a sheet can be made (no such runbook, bad inputs).</summary>
    [Id(0)] public SessionPlan? Plan { get; init; }

    /// <summary>Why it may not start, the answer's code first; empty when it may.</summary>
    [Id(1)] public ImmutableArray<Refusal> Problems { get; init; } = [];

    /// <summary>Per gate of the plan: who may decide it, from the directory less the requester.</summary>
    [Id(2)] public ImmutableArray<ImmutableArray<string>> EligiblePerGate { get; init; } = [];

    /// <summary>The controls of the sandbox profile, by name.</summary>
    [Id(3)] public ImmutableArray<string> Controls { get; init; } = [];
}
