using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Cavra.Actors.Operations;
using Cavra.Actors.Queries;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Sessions;
using Cavra.Actors.Wire;
using Cavra.Actors.Workers;

namespace Cavra.Actors.ApiHost.Http;

/// <summary>JSON of the wire types together with the answers that only the API has.</summary>
internal static class ApiJson
{
    /// <summary>Both generated contexts, as <see cref="WireJson.Options"/> otherwise.</summary>
    public static JsonSerializerOptions Options { get; } = Make();

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions(WireJson.Options)
        {
            TypeInfoResolver = JsonTypeInfoResolver.Combine(WireJsonContext.Default, ApiJsonContext.Default),
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        options.MakeReadOnly();
        return options;
    }
}

/// <summary>Generated JSON code for answers that only the API has.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(InstantJsonConverter)])]
[JsonSerializable(typeof(DirectiveKind))]
[JsonSerializable(typeof(Page<WorkerView>))]
[JsonSerializable(typeof(Page<RunbookSummary>))]
[JsonSerializable(typeof(Page<FeatureFlagView>))]
internal sealed partial class ApiJsonContext : JsonSerializerContext;
