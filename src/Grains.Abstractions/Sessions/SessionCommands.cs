using Cavra.Actors.Identity;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Sessions;

/// <summary>What people ask of a session. Carries who asks and, for repeats, the idempotency key.</summary>
[GenerateSerializer, Alias("cavra.session-command"), Immutable]
public abstract record SessionCommand
{
    /// <summary>Who asks, from the token.</summary>
    [Id(0)] public required Actor Actor { get; init; }

    /// <summary>The W3C trace id of the request.</summary>
    [Id(1)] public string? TraceId { get; init; }

    /// <summary>Key and body digest of the request, stored in the same transaction as its effect.</summary>
    [Id(2)] public IdempotencyMark? Idempotency { get; init; }
}

/// <summary>An idempotency key with the digest of the body that came with it (contract, Conventions).</summary>
[GenerateSerializer, Alias("cavra.idempotency-mark"), Immutable]
public sealed record IdempotencyMark(string Key, string BodyDigest, string Route);

/// <summary>Start the session. Its number was allocated by the caller.</summary>
[GenerateSerializer, Alias("cavra.create-session"), Immutable]
public sealed record CreateSession : SessionCommand
{
    /// <summary>The ticket.</summary>
    [Id(0)] public required string TicketId { get; init; }

    /// <summary>What will run.</summary>
    [Id(1)] public required SessionPlan Plan { get; init; }

    /// <summary>False runs it on the in-process engine (spec 8.1).</summary>
    [Id(2)] public bool UseWorkers { get; init; } = true;
}

/// <summary>Vote on the open gate that covers a step.</summary>
[GenerateSerializer, Alias("cavra.decide-step"), Immutable]
public sealed record DecideStep : SessionCommand
{
    /// <summary>Any step that the gate covers.</summary>
    [Id(0)] public required int StepNumber { get; init; }

    /// <summary>For or against.</summary>
    [Id(1)] public required bool Approved { get; init; }

    /// <summary>Why.</summary>
    [Id(2)] public string? Notes { get; init; }

    /// <summary>The role that the voter claims to act in; must be held.</summary>
    [Id(3)] public string? ApproverRole { get; init; }

    /// <summary>The task that the voter saw, if named.</summary>
    [Id(4)] public ApprovalId? ApprovalId { get; init; }

    /// <summary>The digest that the voter saw, if named.</summary>
    [Id(5)] public string? Digest { get; init; }
}

/// <summary>Answer a paused session.</summary>
[GenerateSerializer, Alias("cavra.give-directive"), Immutable]
public sealed record GiveDirective(DirectiveKind Directive, string Reason) : SessionCommand;

/// <summary>Stop before the next step.</summary>
[GenerateSerializer, Alias("cavra.pause-session"), Immutable]
public sealed record PauseSession(string Reason) : SessionCommand;

/// <summary>End now; <paramref name="Backout"/> when the installation backs out (spec 8.3).</summary>
[GenerateSerializer, Alias("cavra.cancel-session"), Immutable]
public sealed record CancelSession(string Reason, bool Backout = false) : SessionCommand;

/// <summary>Take back one step, or all that ran in reverse.</summary>
[GenerateSerializer, Alias("cavra.rollback-session"), Immutable]
public sealed record RollBackSession(int? StepNumber, string Reason) : SessionCommand;

/// <summary>How a command ended.</summary>
[GenerateSerializer, Alias("cavra.session-reply"), Immutable]
public sealed record SessionReply
{
    /// <summary>The session after the command, or as it is when refused; null when there is no such session.</summary>
    [Id(0)] public SessionView? View { get; init; }

    /// <summary>Null when accepted.</summary>
    [Id(1)] public Refusal? Refusal { get; init; }

    /// <summary>True when the same key and body were seen before and this is the first answer again.</summary>
    [Id(2)] public bool Replayed { get; init; }
}
