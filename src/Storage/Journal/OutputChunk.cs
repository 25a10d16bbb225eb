using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Cavra.Actors.Storage.Journal;

/// <summary>What the payload of an <c>execution.step.output</c> event holds: kind of chunk and its text in UTF-8.</summary>
internal static class OutputChunk
{
    /// <summary>Kind and length in bytes; nulls when the payload is not a chunk.</summary>
    internal static (string? Type, int? Bytes) Measure(string payload)
    {
        var (type, data) = Read(payload, (ref Utf8JsonReader reader) => (int?)(reader.ValueIsEscaped ? Unescape(ref reader).Length : reader.ValueSpan.Length));
        return (type, data);
    }

    /// <summary>The chunk's text in UTF-8.</summary>
    internal static byte[] Bytes(string payload)
        => Read(payload, (ref Utf8JsonReader reader) => reader.ValueIsEscaped ? Unescape(ref reader) : reader.ValueSpan.ToArray()).Data ?? [];

    private delegate T ReadValue<T>(ref Utf8JsonReader reader);

    private static (string? Type, T? Data) Read<T>(string payload, ReadValue<T> readData)
    {
        var utf8 = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(payload.Length));
        try
        {
            var reader = new Utf8JsonReader(utf8.AsSpan(0, Encoding.UTF8.GetBytes(payload, utf8)));
            string? type = null;
            T? data = default;
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1) continue;
                var isType = reader.ValueTextEquals("chunk_type"u8);
                var isData = reader.ValueTextEquals("data"u8);
                reader.Read();
                if (reader.TokenType == JsonTokenType.String && isType) type = reader.GetString();
                else if (reader.TokenType == JsonTokenType.String && isData) data = readData(ref reader);
                else reader.Skip();
            }
            return (type, data);
        }
        catch (JsonException)
        {
            return default;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(utf8);
        }
    }

    private static byte[] Unescape(ref Utf8JsonReader reader)
    {
        var bytes = new byte[reader.ValueSpan.Length];
        return bytes[..reader.CopyString(bytes)];
    }
}
