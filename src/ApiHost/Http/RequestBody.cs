using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace Cavra.Actors.ApiHost.Http;

/// <summary>
/// Reads bodies: bounded, of one media type, whole UTF-8, and for JSON strictly: no duplicate names, no NUL, no half surrogate, depth at most 32
/// (hazard D11). What is wrong is answered before the caller sees anything.
/// </summary>
internal static class RequestBody
{
    /// <summary>Most bytes of a body (contract, Conventions).</summary>
    public const int Limit = 1 << 20;

    private const int MaxDepth = 32;
    private static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth };

    /// <summary>The body as a JSON object; null when a problem was answered. An absent body is an empty object where allowed.</summary>
    public static async ValueTask<JsonBody?> Object(HttpContext context, bool optional = false)
    {
        var bytes = await Read(context, optional, IsJson);
        if (bytes is null) return null;
        if (optional && bytes.Value.Length == 0) return JsonBody.Empty;
        JsonDocument? document = null;
        try
        {
            Screen(bytes.Value.Span);
            document = JsonDocument.Parse(bytes.Value, DocumentOptions);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return new JsonBody(document);
            document.Dispose();
            await ProblemAnswer.Write(context, "malformed_body", "The body must be a JSON object.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            document?.Dispose();
            await ProblemAnswer.Write(context, "malformed_body", "The body is not valid JSON: " + e.Message);
        }

        return null;
    }

    /// <summary>The body as text of one of several media types; null when a problem was answered.</summary>
    public static async ValueTask<string?> Text(HttpContext context, Func<string, bool> accepts)
    {
        var bytes = await Read(context, optional: false, accepts);
        if (bytes is null) return null;
        if (bytes.Value.Span.Contains((byte)0))
        {
            await ProblemAnswer.Write(context, "malformed_body", "The body contains a NUL character.");
            return null;
        }

        return System.Text.Encoding.UTF8.GetString(bytes.Value.Span);
    }

    /// <summary>Whether a media type is JSON.</summary>
    public static bool IsJson(string type) =>
        type.Equals("application/json", StringComparison.OrdinalIgnoreCase) || (type.StartsWith("application/", StringComparison.OrdinalIgnoreCase) && type.EndsWith("+json", StringComparison.OrdinalIgnoreCase));

    private static async ValueTask<ReadOnlyMemory<byte>?> Read(HttpContext context, bool optional, Func<string, bool> accepts)
    {
        var request = context.Request;
        if (request.ContentLength > Limit)
        {
            await ProblemAnswer.Write(context, "body_too_large", $"The body may have at most {Limit} bytes.");
            return null;
        }

        var none = request.ContentLength == 0 || (request.ContentLength is null && request.Headers.TransferEncoding.Count == 0 && request.Protocol.StartsWith("HTTP/1", StringComparison.Ordinal));
        if (!(optional && none) && !AcceptsType(request.ContentType, accepts))
        {
            await ProblemAnswer.Write(context, "unsupported_media_type", $"The content type '{Bounded(request.ContentType)}' is not supported here.");
            return null;
        }

        var bytes = await ReadAll(request);
        if (bytes is null)
        {
            await ProblemAnswer.Write(context, "body_too_large", $"The body may have at most {Limit} bytes.");
            return null;
        }

        if (Utf8.IsValid(bytes)) return bytes;
        await ProblemAnswer.Write(context, "malformed_body", "The body is not UTF-8.");
        return null;
    }

    private static bool AcceptsType(string? header, Func<string, bool> accepts)
    {
        if (string.IsNullOrEmpty(header)) return false;
        var semicolon = header.IndexOf(';', StringComparison.Ordinal);
        if (!accepts((semicolon < 0 ? header : header[..semicolon]).Trim())) return false;
        var charset = header.IndexOf("charset=", StringComparison.OrdinalIgnoreCase);
        return charset < 0 || header[(charset + 8)..].Trim(' ', '"').StartsWith("utf-8", StringComparison.OrdinalIgnoreCase);
    }

    private static async ValueTask<byte[]?> ReadAll(HttpRequest request)
    {
        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(request.HttpContext.RequestAborted);
            if (read.Buffer.Length > Limit)
            {
                reader.AdvanceTo(read.Buffer.End);
                return null;
            }

            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return bytes;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    // Escapes can spell what no text may hold; JsonDocument would only notice when the value is read.
    private static void Screen(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, ReaderOptions);
        while (reader.Read())
        {
            if (!reader.ValueIsEscaped || reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName)) continue;
            // GetString throws for half a surrogate pair.
            if (reader.GetString()!.Contains('\0', StringComparison.Ordinal)) throw new JsonException("text may not contain the NUL character.");
        }
    }

    private static string Bounded(string? text) => text is null ? "" : text.Length <= 100 ? text : text[..100];
}
