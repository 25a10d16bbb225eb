using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Plans;
using Cavra.Actors.Policy;
using Cavra.Actors.Queries;
using Cavra.Actors.Subjects;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Runbooks;

/// <summary>A tenant's runbooks: newest versions in memory, plans made from them cached.</summary>
internal sealed class RunbookCatalogGrain(IRunbookStore store, PolicyDataSource policy, ISubjectDirectory subjects, TimeProvider time) : Grain, IRunbookCatalog
{
    // There is no store of credentials yet, so there is no credential that a step could name: better said at the start than by the worker.
    private static readonly ImmutableDictionary<string, KnownCredential> NoCredentials = ImmutableDictionary<string, KnownCredential>.Empty;
    private readonly PlanCache _plans = new();
    private ImmutableSortedDictionary<string, CatalogEntry> _newest = ImmutableSortedDictionary.Create<string, CatalogEntry>(StringComparer.Ordinal);

    private TenantId Tenant => new(this.GetPrimaryKeyString());

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var documents = await store.Newest(Tenant);
        _newest = documents.ToImmutableSortedDictionary(d => d.RunbookId, CatalogEntry.Of, StringComparer.Ordinal);
    }

    public Task<ImmutableArray<RunbookSummary>> List() => Task.FromResult<ImmutableArray<RunbookSummary>>([.. _newest.Values.Select(e => e.Summary)]);

    public async Task<RunbookDocument?> Get(string runbookId, int? version)
    {
        if (!_newest.TryGetValue(runbookId, out var entry)) return null;
        return version is null || version == entry.Document.Version ? entry.Document : await store.Load(Tenant, runbookId, version);
    }

    public Task<ImmutableArray<RunbookProblem>> Validate(string text, string contentType) =>
        Task.FromResult<ImmutableArray<RunbookProblem>>([.. RunbookLoader.Load(text, RunbookLoader.FormatOf(contentType)).Problems]);

    public async Task<PutRunbookReply> Put(PutRunbook command)
    {
        var loaded = RunbookLoader.Load(command.Text, RunbookLoader.FormatOf(command.ContentType));
        if (loaded.Runbook is not { } runbook) return Refused([.. loaded.Problems], null);
        if (runbook.RunbookId != command.RunbookId)
            return Refused([new(1, 1, "runbook_id", $"The document says {runbook.RunbookId} and the path {command.RunbookId}; they must agree.")], null);

        var current = _newest.GetValueOrDefault(command.RunbookId);
        if (command.IfMatch is { } wanted && wanted != "*" && wanted.Trim('"') != current?.Document.Digest)
            return Refused([], Refusal.Of("version_conflict", current is null
                ? "There is no such runbook yet; leave If-Match out to make it."
                : $"The newest version is {current.Document.Version} with digest {current.Document.Digest}; read it and try again."));
        var digest = RunbookCanonical.Digest(runbook);
        if (current?.Document.Digest == digest) return new(current.Document, Created: false, Unchanged: true, [], null);

        var now = time.GetUtcNow();
        var document = new RunbookDocument(
            runbook.RunbookId, (current?.Document.Version ?? 0) + 1, digest, command.Text, command.ContentType, RunbookCanonical.ToJson(runbook), now, command.Actor.Subject);
        var audit = new AuditEntry(now, command.Actor.Subject, Tenant, "runbook.put", $"{document.RunbookId}@{document.Version}", "ok", command.Actor.Ip, command.TraceId, digest);
        switch (await store.Add(Tenant, document, audit))
        {
            case AppendOutcome.Committed:
                _newest = _newest.SetItem(document.RunbookId, new(document, runbook));
                return new(document, Created: current is null, Unchanged: false, [], null);
            case AppendOutcome.Conflict:
                DeactivateOnIdle();
                return Refused([], Refusal.Of("version_conflict", "Another version was stored at the same moment; read it and try again."));
            default:
                return Refused([], Refusal.Of("unavailable", "The database did not take the runbook; nothing was changed. Try again."));
        }
    }

    public Task<PlanReply> Plan(PlanRequest request)
    {
        if (Find(request, out var refusal) is not { } entry) return Task.FromResult(new PlanReply { Problems = [refusal!] });
        var data = policy.Current;
        var key = new QuickKey(
            entry.Document.Digest, entry.Document.Version, request.EnvironmentProfile, request.ValidationMode, data.Revision, request.Actor.Subject, subjects.Version);
        if (request.InputsJson.IsEmpty && _plans.Find(key) is { } known) return Task.FromResult(known);
        return Task.FromResult(_plans.Judge(key, new CompileRequest
        {
            Runbook = entry.Runbook,
            Version = entry.Document.Version,
            RunbookDigest = entry.Document.Digest,
            Profile = request.EnvironmentProfile,
            Mode = request.ValidationMode,
            InputsJson = request.InputsJson,
            Policy = data,
            Credentials = NoCredentials,
        }, subjects.Subjects(Tenant)));
    }

    private CatalogEntry? Find(PlanRequest request, out Refusal? refusal)
    {
        refusal = null;
        if (request.RunbookId is { } id)
        {
            if (_newest.TryGetValue(id, out var named)) return named;
            refusal = CatalogEntry.NotFound(id);
            return null;
        }

        var fitting = RunbookMatching.Candidates(_newest.Values, e => e.Runbook.Match, request.TicketId);
        if (fitting.Count == 1) return fitting[0];
        refusal = Refusal.Of("runbook_not_derivable", fitting.Count == 0
            ? $"No runbook's match rule fits the ticket {request.TicketId}; name one with runbook_id."
            : $"Several runbooks fit the ticket {request.TicketId} ({string.Join(", ", fitting.Select(e => e.Document.RunbookId).Take(10))}); name one with runbook_id.");
        return null;
    }

    private static PutRunbookReply Refused(ImmutableArray<RunbookProblem> problems, Refusal? refusal) => new(null, false, false, problems, refusal);
}
