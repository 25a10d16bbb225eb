using System.Globalization;
using Cavra.Actors.Runbooks;
using Microsoft.Extensions.Configuration;

namespace Cavra.Actors.Silo.Settings;

/// <summary>One setting: where it is found, what it may be, what it means. The options table of the docs is made from these (docs/options.md).</summary>
/// <param name="Key">Its place in the configuration, e.g. <c>ASSIGNMENT:BACKOFF</c>.</param>
/// <param name="Default">The default as text; empty for none.</param>
/// <param name="Bounds">What is allowed, for people.</param>
/// <param name="Meaning">What it does, for people.</param>
public sealed record Setting(string Key, string Default, string Bounds, string Meaning)
{
    /// <summary>The environment variable.</summary>
    public string Variable => "CAVRA_" + Key.Replace(":", "__", StringComparison.Ordinal);

    /// <summary>The text in force; null when there is neither a value nor a default.</summary>
    public string? Text(IConfiguration configuration) =>
        configuration[Key] is { } given && !string.IsNullOrWhiteSpace(given) ? given.Trim() : Default.Length > 0 ? Default : null;

    /// <summary>The duration in force.</summary>
    /// <exception cref="SettingException">It is not a duration within the bounds.</exception>
    public TimeSpan Duration(IConfiguration configuration, TimeSpan min, TimeSpan max) => Duration(Text(configuration), min, max);

    /// <summary>A comma-separated list of durations.</summary>
    /// <exception cref="SettingException">One of them is not a duration within the bounds.</exception>
    public IReadOnlyList<TimeSpan> Durations(IConfiguration configuration, TimeSpan min, TimeSpan max) =>
        [.. (Text(configuration) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(text => Duration(text, min, max))];

    /// <summary>The number in force.</summary>
    /// <exception cref="SettingException">It is not a number within the bounds.</exception>
    public int Number(IConfiguration configuration, int min, int max)
    {
        var text = Text(configuration);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw Wrong(text);
    }

    /// <summary>The switch in force.</summary>
    /// <exception cref="SettingException">It is neither true nor false.</exception>
    public bool Flag(IConfiguration configuration) => bool.TryParse(Text(configuration), out var flag) ? flag : throw Wrong(Text(configuration));

    private TimeSpan Duration(string? text, TimeSpan min, TimeSpan max) =>
        DurationText.TryParse(text, out var duration) && duration >= min && duration <= max ? duration : throw Wrong(text);

    /// <summary>The error for a value outside the bounds.</summary>
    public SettingException Wrong(string? text) => new(Variable, $"must be {Bounds}, not '{text}'");
}

/// <summary>A setting that the host cannot start with; the message names it and says what would be right.</summary>
public sealed class SettingException(string setting, string problem) : Exception($"{setting} {problem}")
{
    /// <summary>The environment variable's name.</summary>
    public string Setting { get; } = setting;
}
