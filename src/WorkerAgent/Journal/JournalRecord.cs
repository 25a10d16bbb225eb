using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.WorkerAgent.Journal;

/// <summary>Names one run of one command. The same key never runs twice on a worker.</summary>
internal readonly record struct StepKey(AssignmentId Assignment, int Step, int Attempt, bool IsRollback)
{
    /// <summary>Also the idempotency key of what is reported about the run.</summary>
    public override string ToString() => $"{Assignment}/{Step}/{Attempt}{(IsRollback ? "/rollback" : "")}";
}

/// <summary>One line of the journal.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "t")]
[JsonDerivedType(typeof(PlanRecord), "plan")]
[JsonDerivedType(typeof(AssignedRecord), "assigned")]
[JsonDerivedType(typeof(ReleasedRecord), "released")]
[JsonDerivedType(typeof(IntentRecord), "intent")]
[JsonDerivedType(typeof(StartedRecord), "started")]
[JsonDerivedType(typeof(EndedRecord), "ended")]
[JsonDerivedType(typeof(ReportedRecord), "reported")]
internal abstract record JournalRecord;

/// <summary>The steps of a plan, written once for all sessions that run it.</summary>
internal sealed record PlanRecord(string Digest, ImmutableArray<PlannedStep> Steps) : JournalRecord;

/// <summary>The worker accepted an assignment. The frame's steps are left out where <see cref="AssignFrame.PlanDigest"/> names them.</summary>
internal sealed record AssignedRecord(AssignFrame Frame) : JournalRecord;

/// <summary>The assignment is over here; its lines can go.</summary>
internal sealed record ReleasedRecord(AssignmentId Assignment) : JournalRecord;

/// <summary>A command was accepted and its sandbox is being made. Nothing has run.</summary>
internal sealed record IntentRecord(StepKey Key, SessionId Session, string Digest) : JournalRecord;

/// <summary>From here on the command may have run.</summary>
internal sealed record StartedRecord(StepKey Key) : JournalRecord;

/// <summary>The run is over and this is its result.</summary>
internal sealed record EndedRecord(StepKey Key, StepResultFrame Result) : JournalRecord;

/// <summary>The orchestrator has the result.</summary>
internal sealed record ReportedRecord(StepKey Key) : JournalRecord;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JournalRecord))]
internal sealed partial class JournalJson : JsonSerializerContext;
