using System.Buffers;
using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Cavra.Actors.Wire;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.WorkerAgent.Channel;

/// <summary>Frames as the bytes of WebSocket text messages: one JSON object each, or several with line feeds between them (batch).</summary>
internal static class FrameCodec
{
    /// <summary>Subprotocol under which one message may hold several frames. Both sides must have said it.</summary>
    internal const string BatchProtocol = "cavra.agent.batch.v1";

    private static readonly JsonTypeInfo<AgentFrame> FrameType = (JsonTypeInfo<AgentFrame>)WireJson.Options.GetTypeInfo(typeof(AgentFrame));

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    internal static void Write(IBufferWriter<byte> target, AgentFrame frame)
    {
        using var writer = new Utf8JsonWriter(target, Plain);
        JsonSerializer.Serialize(writer, frame, FrameType);
    }

    /// <summary>Reads a message. JSON that was sent by this codec holds no raw line feed, so lines are frames.</summary>
    /// <param name="refused">Called with why, for each line that is no frame; the others count.</param>
    internal static ImmutableArray<AgentFrame> Read(ReadOnlySpan<byte> message, bool batch, Action<string> refused)
    {
        var frames = ImmutableArray.CreateBuilder<AgentFrame>();
        while (message.Length > 0)
        {
            var end = batch ? message.IndexOf((byte)'\n') : -1;
            var line = end < 0 ? message : message[..end];
            message = end < 0 ? [] : message[(end + 1)..];
            if (line.Length == 0)
                continue;
            try
            {
                if (JsonSerializer.Deserialize(line, FrameType) is { } frame)
                    frames.Add(frame);
            }
            catch (Exception error) when (error is JsonException or NotSupportedException)
            {
                refused(error.Message);
            }
        }

        return frames.DrainToImmutable();
    }
}
