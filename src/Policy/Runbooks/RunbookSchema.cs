using Cavra.Actors.Runbooks.Schema;

namespace Cavra.Actors.Runbooks;

/// <summary>The JSON schema of a runbook, served at <c>/schemas/runbook.schema.json</c>.</summary>
public static class RunbookSchema
{
    /// <summary>Where it is served.</summary>
    public const string Path = "/schemas/runbook.schema.json";

    private static readonly Lazy<byte[]> Bytes = new(() => JsonSchemaWriter.Write(RunbookShapes.Runbook, Path));

    /// <summary>The document, UTF-8.</summary>
    public static ReadOnlyMemory<byte> Document => Bytes.Value;
}
