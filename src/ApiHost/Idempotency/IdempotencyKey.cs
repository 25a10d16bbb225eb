using Cavra.Actors.ApiHost.Http;

namespace Cavra.Actors.ApiHost.Idempotency;

/// <summary>The key of a request: header <c>Idempotency-Key</c>, on create also the body field <c>idempotency_key</c>; 1..255 visible ASCII characters.</summary>
internal static class IdempotencyKey
{
    /// <summary>The header's and the field's name.</summary>
    public const string Header = "Idempotency-Key";

    private const string Field = "idempotency_key";
    private const string Rule = "must be 1 to 255 visible ASCII characters";
    private const int MaxLength = 255;

    /// <summary>Reads the key; problems are noted on the body.</summary>
    public static string? Read(HttpContext context, JsonBody body, bool alsoField = false)
    {
        var field = alsoField ? body.Text(Field, MaxLength) : null;
        if (field is not null && !IsGood(field)) body.Fail(Field, Rule);
        var headers = context.Request.Headers[Header];
        if (headers.Count == 0) return field;
        if (headers.Count > 1 || headers[0] is not { } header || !IsGood(header))
        {
            body.Fail(Header, Rule);
            return null;
        }

        if (field is not null && field != header) body.Fail(Field, $"differs from the header {Header}");
        return header;
    }

    /// <summary>Whether a key has the right form.</summary>
    public static bool IsGood(string key) => key.Length is >= 1 and <= MaxLength && key.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0;
}
