using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Workers;

/// <summary>Writing: decisions before they count, observations after. One write at a time; the row's version is the fence (hazard B08).</summary>
internal sealed partial class AgentWorkerGrain
{
    private readonly SemaphoreSlim _writing = new(1, 1);
    private long _version;
    private bool _leaving;
    private bool _unsaved;
    private bool _versionUnknown;

    /// <summary>Decides, stores, applies; the answer is the refusal, or null.</summary>
    private async Task<Refusal?> Carry(Func<DateTimeOffset, WorkerCommand> command, Actor actor, string action, string? detail = null)
    {
        await _writing.WaitAsync();
        try
        {
            var now = Now();
            var decision = WorkerMachine.Decide(_status, command(now), timing);
            if (!decision.Accepted || !decision.Events.Any(e => e.IsDecision))
            {
                Take(decision.Events);
                return decision.Refusal;
            }

            // While leaving is being stored nobody gets a place any more.
            _leaving = decision.Events.Any(e => e is WorkerEvent.Unregistered);
            var next = WorkerMachine.Apply(_status, decision.Events);
            var audit = new AuditEntry(now, actor.Subject, actor.Tenant, action, _id.Value, "ok", actor.Ip, null, detail);
            if (await Save(next, now, audit) is { } failed) return failed;
            Take(decision.Events);
            return null;
        }
        finally
        {
            _leaving = false;
            _writing.Release();
        }
    }

    /// <summary>The last session ended of a worker that asked to leave.</summary>
    private async Task Leave()
    {
        try
        {
            await Carry(now => new WorkerCommand.Unregister(now), Actor.Worker(_id, AuditTenant(_status.Registration)), "worker.unregister");
        }
        catch (Exception e)
        {
            LogNotStored(e, _id);
        }
    }

    private async Task SaveObserved()
    {
        if (_unsaved) return;
        _unsaved = true;
        await _writing.WaitAsync();
        try
        {
            _unsaved = false;
            if (_status.Registration is null) return;
            var now = time.GetUtcNow();
            var view = WorkerProjection.View(_id, _status, timing)!;
            var state = view.State.ToString().ToLowerInvariant();
            var tenant = AuditTenant(_status.Registration);
            await Save(_status, now, new AuditEntry(now, Actor.System(tenant).Subject, tenant, "worker.observe", _id.Value, "ok", null, null, state));
        }
        catch (Exception e)
        {
            // Seen again at the next change; nothing that decides depends on it.
            LogNotStored(e, _id);
        }
        finally
        {
            _writing.Release();
        }
    }

    private async ValueTask<Refusal?> Save(WorkerStatus status, DateTimeOffset now, AuditEntry audit)
    {
        if (_versionUnknown)
        {
            _version = (await store.Load(_id))?.Version ?? 0;
            _versionUnknown = false;
        }

        var outcome = await store.Save(WorkerProjection.Record(_id, status, _version + 1, now), [audit]);
        if (outcome == AppendOutcome.Committed)
        {
            _version++;
            return null;
        }

        LogSaveFailed(_id, outcome);

        // Another activation was first: this one goes. Otherwise the channel and the places stay; only whether the row was written is not known.
        _versionUnknown = true;
        if (outcome == AppendOutcome.Conflict) DeactivateOnIdle();
        return Refusal.Of("unavailable", "The worker's state could not be stored. Try again.");
    }

    private static TenantId AuditTenant(AgentRegistration? registration) =>
        registration is { Tenants: [var only] } ? only : new TenantId("system");
}
