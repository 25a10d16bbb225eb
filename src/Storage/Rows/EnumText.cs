using System.Collections.Frozen;
using System.Text.Json;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Storage.Rows;

/// <summary>Enums as they stand in columns: the contract's text.</summary>
internal static class EnumText<T>
    where T : struct, Enum
{
    private static readonly FrozenDictionary<T, string> Texts = Enum.GetValues<T>().ToFrozenDictionary(
        v => v,
        v => (typeof(T) == typeof(EnvironmentProfile) ? JsonNamingPolicy.KebabCaseLower : JsonNamingPolicy.SnakeCaseLower).ConvertName(v.ToString()));

    private static readonly FrozenDictionary<string, T> Values = Texts.ToFrozenDictionary(p => p.Value, p => p.Key);

    internal static string Of(T value) => Texts[value];

    internal static string? Of(T? value) => value is { } v ? Texts[v] : null;

    internal static T Parse(string text) => Values[text];

    internal static T? ParseOrNull(string? text) => text is null ? null : Values[text];
}
