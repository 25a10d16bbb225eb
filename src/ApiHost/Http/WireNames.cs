using System.Collections.Frozen;
using System.Text.Json;

namespace Cavra.Actors.ApiHost.Http;

/// <summary>An enum's names on the wire, as its JSON converter writes them.</summary>
internal static class WireNames<T>
    where T : struct, Enum
{
    private static readonly FrozenDictionary<T, string> ByValue =
        Enum.GetValues<T>().ToFrozenDictionary(v => v, v => JsonSerializer.SerializeToElement(v, Wire<T>.Info).GetString()!);

    private static readonly FrozenDictionary<string, T> ByName = ByValue.ToFrozenDictionary(p => p.Value, p => p.Key, StringComparer.Ordinal);

    /// <summary>All names, for messages.</summary>
    public static readonly string All = string.Join(", ", Enum.GetValues<T>().Select(Name));

    /// <summary>Reads a name exactly.</summary>
    public static bool TryParse(string name, out T value) => ByName.TryGetValue(name, out value);

    /// <summary>The name of a value.</summary>
    public static string Name(T value) => ByValue[value];
}
