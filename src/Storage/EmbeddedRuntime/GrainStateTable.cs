using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Cavra.Actors.Storage.Connections;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Storage.EmbeddedRuntime;

/// <summary>The embedded runtime's grain state, one row a state, as JSON.</summary>
internal sealed class GrainStateTable(DatabaseReads database) : IGrainStorage
{
    // States are the grains' own types: the generated code of the wire where it has them, reflection for the rest.
    private static readonly JsonSerializerOptions Json = new(WireJson.Options)
    {
        TypeInfoResolver = JsonTypeInfoResolver.Combine(WireJsonContext.Default, new DefaultJsonTypeInfoResolver()),
    };

    private const string Key = "grain_type = $1 AND grain_key = $2 AND state_name = $3";
    private const string Select = $"SELECT payload, version FROM grain_state WHERE {Key}";

    // A cleared state keeps its row and version, so that a write with an etag from before does not pass.
    private const string Insert = """
        INSERT INTO grain_state (grain_type, grain_key, state_name, payload, version) VALUES ($1, $2, $3, $4, 1) ON CONFLICT DO NOTHING RETURNING version
        """;

    private const string Update = $"UPDATE grain_state SET payload = $4::bytea, version = version + 1, updated_at = now() WHERE {Key} AND version = $5 RETURNING version";

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var (payload, version) = await ReadAsync(stateName, grainId);
        grainState.RecordExists = payload is not null;
        grainState.ETag = version;
        grainState.State = payload is null ? Activator.CreateInstance<T>() : JsonSerializer.Deserialize<T>(payload, Json)!;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        => ChangeAsync(stateName, grainId, grainState, JsonSerializer.SerializeToUtf8Bytes(grainState.State, Json), exists: true);

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (grainState.ETag is not null) await ChangeAsync(stateName, grainId, grainState, null, exists: false);
        grainState.State = Activator.CreateInstance<T>();
    }

    private async Task ChangeAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, byte[]? payload, bool exists)
    {
        object?[] parameters = [grainId.Type.ToString(), grainId.Key.ToString(), stateName, payload];
        var command = long.TryParse(grainState.ETag, CultureInfo.InvariantCulture, out var version)
            ? DatabaseReads.Sql(Update, [.. parameters, version])
            : DatabaseReads.Sql(Insert, parameters);
        var written = await database.OnceAsync(command, async (reader, token)
            => await reader.ReadAsync(token) ? reader.GetInt64(0).ToString(CultureInfo.InvariantCulture) : null);
        if (written is null)
            throw new InconsistentStateException(
                $"State {stateName} of {grainId} was changed by somebody else.", (await ReadAsync(stateName, grainId)).Version, grainState.ETag);
        grainState.ETag = written;
        grainState.RecordExists = exists;
    }

    private async Task<(byte[]? Payload, string? Version)> ReadAsync(string stateName, GrainId grainId)
        => await database.AsSystemAsync(DatabaseReads.Sql(Select, grainId.Type.ToString(), grainId.Key.ToString(), stateName), async (reader, token) =>
        {
            if (!await reader.ReadAsync(token)) return ((byte[]?)null, (string?)null);
            var payload = await reader.IsDBNullAsync(0, token) ? null : await reader.GetFieldValueAsync<byte[]>(0, token);
            return (payload, (string?)reader.GetInt64(1).ToString(CultureInfo.InvariantCulture));
        });
}
