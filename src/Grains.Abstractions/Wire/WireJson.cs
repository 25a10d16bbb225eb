using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cavra.Actors.Approvals;
using Cavra.Actors.Dispatch;
using Cavra.Actors.Operations;
using Cavra.Actors.Policy;
using Cavra.Actors.Queries;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Wire;

/// <summary>How the contract's types become JSON: snake_case, RFC 3339 with milliseconds, nulls written, generated code.</summary>
public static class WireJson
{
    /// <summary>Options for reading and writing the types of <see cref="WireJsonContext"/>.</summary>
    public static JsonSerializerOptions Options { get; } = Make(JsonUnmappedMemberHandling.Skip);

    /// <summary>The same, refusing members that the type does not have (bodies of people's requests: a typo in <c>aproved</c> must not approve).</summary>
    public static JsonSerializerOptions Strict { get; } = Make(JsonUnmappedMemberHandling.Disallow);

    private static JsonSerializerOptions Make(JsonUnmappedMemberHandling unmapped)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DictionaryKeyPolicy = null,
            UnmappedMemberHandling = unmapped,
            AllowOutOfOrderMetadataProperties = true,
            AllowDuplicateProperties = false,
            MaxDepth = 32,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = WireJsonContext.Default,
        };
        options.Converters.Add(new InstantJsonConverter());
        options.MakeReadOnly();
        return options;
    }
}

/// <summary>Generated JSON code for what crosses the wire.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(InstantJsonConverter)])]
[JsonSerializable(typeof(SessionView))]
[JsonSerializable(typeof(SessionPlan))]
[JsonSerializable(typeof(WhyView))]
[JsonSerializable(typeof(AgentFrame))]
[JsonSerializable(typeof(AgentRegistration))]
[JsonSerializable(typeof(AgentHeartbeat))]
[JsonSerializable(typeof(HeartbeatReply))]
[JsonSerializable(typeof(WorkerView))]
[JsonSerializable(typeof(ApprovalItem))]
[JsonSerializable(typeof(ApprovalTaskView))]
[JsonSerializable(typeof(FeatureFlagView))]
[JsonSerializable(typeof(RunbookSummary))]
[JsonSerializable(typeof(ImmutableArray<RunbookProblem>))]
[JsonSerializable(typeof(ImmutableArray<RuleHit>))]
[JsonSerializable(typeof(AuditEntry))]
[JsonSerializable(typeof(Page<SessionView>))]
[JsonSerializable(typeof(Page<ApprovalItem>))]
[JsonSerializable(typeof(Page<AuditEntry>))]
public sealed partial class WireJsonContext : JsonSerializerContext;
