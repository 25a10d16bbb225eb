using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Cavra.Actors.ApiHost.Http;

/// <summary>Generated JSON code of a wire type.</summary>
internal static class Wire<T>
{
    /// <summary>How <typeparamref name="T"/> is read and written.</summary>
    public static readonly JsonTypeInfo<T> Info = (JsonTypeInfo<T>)ApiJson.Options.GetTypeInfo(typeof(T));
}

/// <summary>Writes answers: into a buffer of the thread first, so that every answer has its length and a failure half-way sends nothing.</summary>
internal static class Answer
{
#pragma warning disable VSTHRD103 // The writer stands on a buffer in memory: its Flush blocks on nothing.
    private const int KeptBuffer = 1 << 20;
    private const string JsonType = "application/json";

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>Answers with a wire type.</summary>
    public static Task Json<T>(HttpContext context, int status, T value)
    {
        var (buffer, writer) = Rent();
        JsonSerializer.Serialize(writer, value, Wire<T>.Info);
        writer.Flush();
        return Send(context, status, JsonType, buffer);
    }

    /// <summary>Answers with JSON written by hand.</summary>
    public static Task Json(HttpContext context, int status, Action<Utf8JsonWriter> write) => Raw(context, status, JsonType, write);

    /// <summary>Answers with JSON of another media type.</summary>
    public static Task Raw(HttpContext context, int status, string contentType, Action<Utf8JsonWriter> write)
    {
        var (buffer, writer) = Rent();
        write(writer);
        writer.Flush();
        return Send(context, status, contentType, buffer);
    }

    /// <summary>Answers with text or bytes that lie ready.</summary>
    public static Task Bytes(HttpContext context, int status, string contentType, ReadOnlyMemory<byte> body)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        return response.BodyWriter.WriteAsync(body).GetAsTask();
    }

    /// <summary>Bytes of a wire type.</summary>
    public static byte[] ToBytes<T>(T value)
    {
        var (buffer, writer) = Rent();
        JsonSerializer.Serialize(writer, value, Wire<T>.Info);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Writer) Rent()
    {
        if (_buffer is null || _buffer.Capacity > KeptBuffer) (_buffer, _writer) = (new ArrayBufferWriter<byte>(16 * 1024), null);
        _buffer.ResetWrittenCount();
        if (_writer is null) _writer = new Utf8JsonWriter(_buffer, WriterOptions);
        else _writer.Reset(_buffer);
        return (_buffer, _writer);
    }

    private static Task Send(HttpContext context, int status, string contentType, ArrayBufferWriter<byte> buffer)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = buffer.WrittenCount;
        // Copied before this method's first suspension: the thread's buffer is free again when it returns.
        response.BodyWriter.Write(buffer.WrittenSpan);
        return response.BodyWriter.FlushAsync().GetAsTask();
    }

#pragma warning restore VSTHRD103

    private static Task GetAsTask(this ValueTask<System.IO.Pipelines.FlushResult> flush) =>
        flush.IsCompletedSuccessfully ? Task.CompletedTask : flush.AsTask();
}
