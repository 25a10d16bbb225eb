using System.Globalization;

namespace Cavra.Actors.ApiHost.Http;

/// <summary>Reads query parameters; errors are gathered and answered together as 400.</summary>
internal sealed class Query(HttpContext context)
{
    /// <summary>Items on a page of a list unless asked otherwise.</summary>
    public const int DefaultLimit = 50;

    private const int MaxText = 256;
    private Dictionary<string, List<string>>? _errors;

    /// <summary>A list's page size, 1..200.</summary>
    public int Limit => (int)Number("limit", DefaultLimit, 1, 200)!.Value;

    /// <summary>A list's cursor; whether it is a good one is the reader's to say.</summary>
    public string? Cursor => Text("cursor");

    /// <summary>Text of at most 256 characters.</summary>
    public string? Text(string name)
    {
        var values = context.Request.Query[name];
        if (values.Count == 0) return null;
        if (values.Count > 1) return Fail<string>(name, "must be given once");
        var text = values[0] ?? "";
        return text.Length > MaxText || text.Contains('\0', StringComparison.Ordinal) ? Fail<string>(name, $"must have at most {MaxText} characters, none of them NUL") : text;
    }

    /// <summary>An integer within bounds, or the default.</summary>
    public long? Number(string name, long? absent, long min, long max)
    {
        var text = Text(name);
        if (text is null) return absent;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max) return number;
        Fail<string>(name, $"must be an integer from {min} to {max}");
        return absent ?? min;
    }

    /// <summary>One of an enum's wire names.</summary>
    public T? OneOf<T>(string name)
        where T : struct, Enum
    {
        var text = Text(name);
        if (text is null) return null;
        if (WireNames<T>.TryParse(text, out var value)) return value;
        Fail<string>(name, "must be one of " + WireNames<T>.All);
        return null;
    }

    /// <summary>A moment in RFC 3339.</summary>
    public DateTimeOffset? Moment(string name)
    {
        var text = Text(name);
        if (text is null) return null;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)) return moment.ToUniversalTime();
        Fail<string>(name, "must be a time such as 2026-01-31T12:00:00Z");
        return null;
    }

    /// <summary>Notes an error of a parameter.</summary>
    public T? Fail<T>(string name, string message)
        where T : class
    {
        _errors ??= [];
        _errors.TryAdd(name, [message]);
        return null;
    }

    /// <summary>Whether all parameters were right; else answers 400.</summary>
    public async ValueTask<bool> IsGood()
    {
        if (_errors is null) return true;
        await ProblemAnswer.Invalid(context, _errors);
        return false;
    }
}
