using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cavra.Actors.Sessions;

/// <summary>
/// What a step runs, in the runbook's own shape: an argv, or (with <c>shell: true</c>) one script for <c>/bin/sh -c</c>. On the wire an
/// array of strings or one string.
/// </summary>
[GenerateSerializer, Alias("cavra.step-command"), Immutable]
[JsonConverter(typeof(StepCommandJsonConverter))]
public sealed record StepCommand
{
    /// <summary>The argv, program first; one element, the script, when <see cref="Shell"/>.</summary>
    [Id(0)] public required ImmutableArray<string> Argv { get; init; }

    /// <summary>Whether the single element is a script for <c>/bin/sh -c</c>.</summary>
    [Id(1)] public bool Shell { get; init; }

    /// <summary>What the kernel gets.</summary>
    public ImmutableArray<string> ExecArgv => Shell ? ["/bin/sh", "-c", Argv[0]] : Argv;

    /// <summary>For people: elements with blanks in quotes. Never executed.</summary>
    public override string ToString() =>
        Shell ? Argv[0] : string.Join(' ', Argv.Select(a => a.Length > 0 && !a.AsSpan().ContainsAny(" \t\n'\"") ? a : "'" + a.Replace("'", "'\\''", StringComparison.Ordinal) + "'"));

    /// <summary>Same elements, same kind.</summary>
    public bool Equals(StepCommand? other) => other is not null && Shell == other.Shell && Argv.AsSpan().SequenceEqual(other.Argv.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Shell, Argv.Length, Argv.Length > 0 ? Argv[0] : null);
}

/// <summary>Reads and writes <see cref="StepCommand"/> as array or string.</summary>
public sealed class StepCommandJsonConverter : JsonConverter<StepCommand>
{
    /// <inheritdoc/>
    public override StepCommand Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return new() { Argv = [reader.GetString()!], Shell = true };
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("a command is an array of strings, or one string with shell: true");
        var argv = ImmutableArray.CreateBuilder<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            argv.Add(reader.GetString() ?? throw new JsonException("a command's elements are strings"));
        return new() { Argv = argv.DrainToImmutable() };
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, StepCommand value, JsonSerializerOptions options)
    {
        if (value.Shell)
        {
            writer.WriteStringValue(value.Argv[0]);
            return;
        }

        writer.WriteStartArray();
        foreach (var element in value.Argv) writer.WriteStringValue(element);
        writer.WriteEndArray();
    }
}
