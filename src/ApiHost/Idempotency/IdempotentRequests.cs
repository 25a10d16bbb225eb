using System.Collections.Concurrent;
using System.Text;
using Cavra.Actors.ApiHost.Executions;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.Identity;
using Cavra.Actors.Queries;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.ApiHost.Idempotency;

/// <summary>
/// Repeats of POSTs (contract, Conventions; hazards A02..A04). Of equal requests at the same time in this host one runs and the others wait for it, at most
/// ten seconds; across hosts and restarts the stored mark decides.
/// </summary>
internal sealed class IdempotentRequests(IIdempotencyStore store, ISessionReader sessions, OwnSession own, TimeProvider time)
{
    private const string ReplayedHeader = "Idempotent-Replayed";
    private static readonly TimeSpan WaitForFirst = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<(string Tenant, string Key), InFlight> _inFlight = new();

    /// <summary>
    /// Runs a request under its key. <paramref name="first"/> answers and says true, or says false when it has answered nothing because the store is to be
    /// asked whether the key was used; it is then called once more to answer its refusal.
    /// </summary>
    /// <param name="lookFirst">Ask the store before running. Without it the store is only asked when <paramref name="first"/> says so.</param>
    public async Task Run(HttpContext context, TenantId tenant, IdempotencyMark? mark, bool lookFirst, Func<bool, Task<bool>> first)
    {
        if (mark is null)
        {
            await first(true);
            return;
        }

        var mine = new InFlight(mark);
        while (true)
        {
            var running = _inFlight.GetOrAdd((tenant.Value, mark.Key), mine);
            if (running == mine) break;
            if (!running.IsSame(mark))
            {
                await Reused(context);
                return;
            }

            if (!await running.Wait(WaitForFirst, time, context.RequestAborted))
            {
                await ProblemAnswer.Write(context, "idempotency_in_progress", "The first request with this key still runs. Ask again shortly.");
                return;
            }

            lookFirst = true;
        }

        try
        {
            if (lookFirst && await Replay(context, tenant, mark)) return;
            if (await first(false) || await Replay(context, tenant, mark)) return;
            await first(true);
        }
        finally
        {
            _inFlight.TryRemove((tenant.Value, mark.Key), out _);
            mine.End();
        }
    }

    /// <summary>Keeps the answer of a command that has no session, then sends it.</summary>
    public async Task Answer(HttpContext context, TenantId tenant, IdempotencyMark? mark, int status, byte[] body)
    {
        if (mark is not null)
            await store.Keep(tenant, new IdempotencyRecord(mark.Key, mark.Route, mark.BodyDigest, status, null, null, Encoding.UTF8.GetString(body), null), context.RequestAborted);
        await Http.Answer.Bytes(context, status, "application/json", body);
    }

    // True when it has answered.
    private async Task<bool> Replay(HttpContext context, TenantId tenant, IdempotencyMark mark)
    {
        var record = await store.Find(tenant, mark.Key, context.RequestAborted);
        if (record is null) return false;
        if (record.BodyDigest != mark.BodyDigest || record.Route != mark.Route)
        {
            await Reused(context);
            return true;
        }

        context.Response.Headers[ReplayedHeader] = "true";
        if (record.Location is not null) context.Response.Headers.Location = record.Location;
        if (record.Session is { } session)
        {
            var view = await sessions.ViewAt(tenant, session, record.EventId ?? 0, context.RequestAborted)
                ?? throw new InvalidOperationException($"session {session} of an idempotency mark has no event {record.EventId}");
            if (record.Status == StatusCodes.Status201Created) context.Response.Headers.Location = $"/api/v1/executions/{session}";
            await Http.Answer.Json(context, record.Status, await own.WithOutputs(view, context.RequestAborted));
        }
        else
        {
            await Http.Answer.Bytes(context, record.Status, "application/json", Encoding.UTF8.GetBytes(record.Body ?? "{}"));
        }

        return true;
    }

    private static Task Reused(HttpContext context) =>
        ProblemAnswer.Write(context, "idempotency_key_reused", "This key was used with another request. Use a new key for a new request.");

    private sealed class InFlight(IdempotencyMark mark)
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsSame(IdempotencyMark other) => mark.BodyDigest == other.BodyDigest && mark.Route == other.Route;

        public void End() => _ended.TrySetResult();

        public async Task<bool> Wait(TimeSpan bound, TimeProvider time, CancellationToken cancellation)
        {
            try
            {
                await _ended.Task.WaitAsync(bound, time, cancellation);
                return true;
            }
            catch (TimeoutException)
            {
                return false;
            }
        }
    }
}
