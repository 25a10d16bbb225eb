using Cavra.Actors.Wire;

namespace Cavra.Actors.Runbooks;

/// <summary>A stored version together with what its text means.</summary>
internal sealed record CatalogEntry(RunbookDocument Document, Runbook Runbook)
{
    /// <summary>Reads the canonical form, which was checked when it was stored.</summary>
    internal static CatalogEntry Of(RunbookDocument document)
    {
        var loaded = RunbookLoader.Load(document.CanonicalJson, RunbookFormat.Json);
        return new(document, loaded.Runbook ?? throw new InvalidOperationException(
            $"stored runbook {document.RunbookId} version {document.Version} does not load: {string.Join("; ", loaded.Problems.Select(p => p.Message))}"));
    }

    internal RunbookSummary Summary => new(
        Document.RunbookId, Runbook.Title, Runbook.Owner, Document.Version, Document.Digest, Runbook.Environments,
        Runbook.Numbered().Count(), Document.CreatedAt, Document.CreatedBy);

    internal static Refusal NotFound(string id) => Refusal.Of("runbook_not_found", $"There is no runbook {id}.");
}
