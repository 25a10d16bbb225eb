using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Cavra.Actors.Cli.Connection;
using Cavra.Actors.Cli.Terminal;

namespace Cavra.Actors.Cli.Runbooks;

/// <summary>A runbook as it lies on disk. The server reads it; here only its kind and its id matter.</summary>
internal sealed partial record RunbookFile(string Path, byte[] Bytes, bool IsJson)
{
    // The API's limit for a body.
    private const int MaxBytes = 1 << 20;

    internal static RunbookFile Read(CliContext context, string path)
    {
        var full = System.IO.Path.GetFullPath(path, context.CurrentDirectory);
        try
        {
            var length = new FileInfo(full).Length;
            if (length > MaxBytes) throw new CliFailureException($"{path} has {length} bytes; a runbook may have {MaxBytes}.", ExitCodes.Usage);
            return new RunbookFile(path, File.ReadAllBytes(full), full.EndsWith(".json", StringComparison.OrdinalIgnoreCase));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailureException($"cannot read {path}: {e.Message}", ExitCodes.Usage);
        }
    }

    internal ByteArrayContent Content() => new(Bytes)
    {
        Headers = { ContentType = new MediaTypeHeaderValue(IsJson ? "application/json" : "application/yaml") },
    };

    /// <summary>The document with one text in place of another.</summary>
    internal RunbookFile WithText(string from, string to) =>
        this with { Bytes = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Bytes).Replace(from, to, StringComparison.Ordinal)) };

    internal static Task<JsonElement> PutAsync(ApiClient api, RunbookFile file, CancellationToken stop) =>
        api.SendAsync(HttpMethod.Put, "/api/v1/runbooks/" + Uri.EscapeDataString(file.Id()), file.Content(), stop);

    /// <summary>The id that the address needs. The server checks that it agrees with the document.</summary>
    internal string Id()
    {
        var id = IsJson ? JsonId() : YamlId().Match(Encoding.UTF8.GetString(Bytes)) is { Success: true } match ? match.Groups["id"].Value : "";
        return id.Length > 0 ? id : throw new CliFailureException($"{Path} has no runbook_id at its top level.", ExitCodes.Usage);
    }

    private string JsonId()
    {
        try
        {
            using var document = JsonDocument.Parse(Bytes);
            return document.RootElement.Text("runbook_id");
        }
        catch (JsonException e)
        {
            throw new CliFailureException($"{Path} is not JSON: {e.Message}", ExitCodes.Usage);
        }
    }

    [GeneratedRegex("""^(?:runbook_id|"runbook_id"|'runbook_id')[ \t]*:[ \t]+["']?(?<id>[^\s"'#]+)""", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex YamlId();
}
