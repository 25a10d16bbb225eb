using System.Collections.Frozen;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Cavra.Actors.Journal;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Sessions;

/// <summary>Events to and from the JSON text that is hashed and stored.</summary>
internal static class SessionEventJson
{
    private static readonly JsonSerializerOptions Options = Make();

    private static readonly FrozenDictionary<string, JsonTypeInfo> ByName = new (string Name, Type Type)[]
    {
        (EventTypes.SessionCreated, typeof(SessionCreated)),
        (EventTypes.SessionQueued, typeof(SessionQueued)),
        (EventTypes.SessionAssigned, typeof(SessionAssigned)),
        (EventTypes.SessionAssignmentFailed, typeof(SessionAssignmentFailed)),
        (EventTypes.SessionPaused, typeof(SessionPaused)),
        (EventTypes.SessionResumed, typeof(SessionResumed)),
        (EventTypes.SessionDirective, typeof(SessionDirective)),
        (EventTypes.SessionCompleted, typeof(SessionCompleted)),
        (EventTypes.SessionFailed, typeof(SessionFailed)),
        (EventTypes.SessionCancelled, typeof(SessionCancelled)),
        (EventTypes.ApprovalRequested, typeof(ApprovalRequested)),
        (EventTypes.ApprovalNotified, typeof(ApprovalNotified)),
        (EventTypes.ApprovalVote, typeof(ApprovalVoted)),
        (EventTypes.ApprovalResolved, typeof(ApprovalResolved)),
        (EventTypes.ApprovalExpired, typeof(ApprovalExpired)),
        (EventTypes.PolicyDecided, typeof(PolicyDecided)),
        (EventTypes.StepStarted, typeof(StepStarted)),
        (EventTypes.StepOutput, typeof(StepOutput)),
        (EventTypes.StepCompleted, typeof(StepCompleted)),
        (EventTypes.StepFailed, typeof(StepFailed)),
        (EventTypes.StepRetrying, typeof(StepRetrying)),
        (EventTypes.RollbackStarted, typeof(RollbackStarted)),
        (EventTypes.RollbackCompleted, typeof(RollbackCompleted)),
        (EventTypes.WorkerLost, typeof(WorkerLost)),
        (EventTypes.WorkerRecovered, typeof(WorkerRecovered)),
        (EventTypes.CredentialLeased, typeof(CredentialLeased)),
        (EventTypes.CredentialRevoked, typeof(CredentialRevoked)),
    }.ToFrozenDictionary(e => e.Name, e => Options.GetTypeInfo(e.Type), StringComparer.Ordinal);

    /// <summary>Every event type that this version writes.</summary>
    public static IEnumerable<string> Names => ByName.Keys;

    /// <summary>The payload as JSON text.</summary>
    public static string Encode(SessionEvent happened) => JsonSerializer.Serialize(happened, ByName[happened.Type]);

    /// <summary>
    /// The event of a stored row. Members that this version does not know are skipped; an event type that it does not know stops it (hazard
    /// F04): a fold that skipped an event would be wrong without showing it.
    /// </summary>
    public static SessionEvent Decode(StoredEvent stored)
    {
        if (!ByName.TryGetValue(stored.EventType, out var info))
            throw new NotSupportedException($"session {stored.SessionId} has event {stored.EventId} of type '{stored.EventType}', which this version does not know; a newer one wrote it");
        try
        {
            var happened = (SessionEvent)JsonSerializer.Deserialize(stored.Payload, info)!;
            return happened with { At = stored.CreatedAt, By = stored.Actor, Step = stored.StepNumber, Holder = stored.WorkerId };
        }
        catch (JsonException e)
        {
            throw new InvalidOperationException($"session {stored.SessionId}, event {stored.EventId} ({stored.EventType}) cannot be read: {e.Message}", e);
        }
    }

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = SessionEventJsonContext.Default.WithAddedModifier(WithoutOwnColumns).WithAddedModifier(MovesOnlyWhenMoving),
            RespectNullableAnnotations = true,
        };
        options.Converters.Add(new InstantJsonConverter());
        options.MakeReadOnly();
        return options;
    }

    /// <summary>An override does not inherit its base's JsonIgnore: what stands in columns of its own would be written here again.</summary>
    private static void WithoutOwnColumns(JsonTypeInfo info)
    {
        if (!typeof(SessionEvent).IsAssignableFrom(info.Type)) return;
        for (var at = info.Properties.Count - 1; at >= 0; at--)
            if (info.Properties[at].Name is "type" or "state_reason") info.Properties.RemoveAt(at);
    }

    /// <summary>Contract: an event that moves state has from, to and reason. One that does not must not look as if it did.</summary>
    private static void MovesOnlyWhenMoving(JsonTypeInfo info)
    {
        if (!typeof(MovingEvent).IsAssignableFrom(info.Type)) return;
        foreach (var property in info.Properties)
        {
            if (property.Name is "from" or "to") property.ShouldSerialize = static (happened, _) => ((MovingEvent)happened).To is not null;
            else if (property.Name == "reason") property.ShouldSerialize = static (happened, value) => value is not null || ((MovingEvent)happened).To is not null;
        }

        if (info.Properties.Any(p => p.Name == "reason")) return;
        var reason = info.CreateJsonPropertyInfo(typeof(SessionReason?), "reason");
        reason.Get = static _ => null;
        reason.ShouldSerialize = static (happened, _) => ((MovingEvent)happened).To is not null;
        info.Properties.Add(reason);
    }
}

/// <summary>Generated JSON code for the events' payloads.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(InstantJsonConverter)], GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(SessionCreated))]
[JsonSerializable(typeof(SessionQueued))]
[JsonSerializable(typeof(SessionAssigned))]
[JsonSerializable(typeof(SessionAssignmentFailed))]
[JsonSerializable(typeof(SessionPaused))]
[JsonSerializable(typeof(SessionResumed))]
[JsonSerializable(typeof(SessionDirective))]
[JsonSerializable(typeof(SessionCompleted))]
[JsonSerializable(typeof(SessionFailed))]
[JsonSerializable(typeof(SessionCancelled))]
[JsonSerializable(typeof(ApprovalRequested))]
[JsonSerializable(typeof(ApprovalNotified))]
[JsonSerializable(typeof(ApprovalVoted))]
[JsonSerializable(typeof(ApprovalResolved))]
[JsonSerializable(typeof(ApprovalExpired))]
[JsonSerializable(typeof(PolicyDecided))]
[JsonSerializable(typeof(StepStarted))]
[JsonSerializable(typeof(StepOutput))]
[JsonSerializable(typeof(StepCompleted))]
[JsonSerializable(typeof(StepFailed))]
[JsonSerializable(typeof(StepRetrying))]
[JsonSerializable(typeof(RollbackStarted))]
[JsonSerializable(typeof(RollbackCompleted))]
[JsonSerializable(typeof(WorkerLost))]
[JsonSerializable(typeof(WorkerRecovered))]
[JsonSerializable(typeof(CredentialLeased))]
[JsonSerializable(typeof(CredentialRevoked))]
internal sealed partial class SessionEventJsonContext : JsonSerializerContext;
