using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.Operations;

/// <summary>
/// Wakes sleepers page by page, at most <see cref="Concurrency"/> at once. Waking is activation: each grain then makes the world match its state. What
/// cannot be woken is logged and met again a minute later.
/// </summary>
internal sealed partial class RecoveryGrain(IRecoveryReader reader, IWorkerStore workers, TimeProvider time, ILogger<RecoveryGrain> log) : Grain, IRecovery, IRemindable
{
    /// <summary>The one grain's key.</summary>
    public const string Key = "all";

    private const int PageSize = 500;
    private const int Concurrency = 32;
    private const string ReminderName = "sweep";
    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(1);

    public async Task<int> Sweep()
    {
        await this.RegisterOrUpdateReminder(ReminderName, ReminderPeriod, ReminderPeriod);
        var registered = (await workers.All()).Where(w => w.Registered).Select(w => w.WorkerId).ToArray();
        await Each(registered, id => GrainFactory.GetGrain<IAgentWorker>(id.Value).View());
        var approvals = await WakeApprovals();
        var sessions = await WakeSessions(dueBefore: null);
        LogSwept(sessions, approvals, registered.Length);
        return sessions;
    }

    public Task ReceiveReminder(string reminderName, TickStatus status) => WakeSessions(dueBefore: time.GetUtcNow());

    private async Task<int> WakeSessions(DateTimeOffset? dueBefore)
    {
        var count = 0;
        var after = new SessionId(0);
        while (await reader.LiveSessions(after, PageSize, dueBefore) is { Count: > 0 } page)
        {
            await Each(page, WakeSession);
            count += page.Count;
            after = page[^1];
        }

        return count;
    }

    /// <summary>The view is awaited so that no more than the bound begin at once; the nudge is for those that were awake.</summary>
    private async Task WakeSession(SessionId id)
    {
        var session = GrainFactory.GetGrain<IExecutionSession>(id.Value);
        await session.View();
        await session.Nudge();
    }

    private async Task<int> WakeApprovals()
    {
        var count = 0;
        ApprovalId? after = null;
        while (await reader.OpenApprovals(after, PageSize) is { Count: > 0 } page)
        {
            await Each(page, id => GrainFactory.GetGrain<IApprovalTask>(id.Value).View());
            count += page.Count;
            after = page[^1];
        }

        return count;
    }

    private async Task Each<T>(IReadOnlyList<T> items, Func<T, Task> wake)
    {
        var running = new List<Task>(Concurrency);
        foreach (var item in items)
        {
            if (running.Count == Concurrency) running.Remove(await Task.WhenAny(running));
            running.Add(Quietly(item, wake));
        }

        await Task.WhenAll(running);
    }

    private async Task Quietly<T>(T item, Func<T, Task> wake)
    {
        try
        {
            await wake(item);
        }
        catch (Exception e)
        {
            LogNotWoken(e, item?.ToString() ?? "");
        }
    }

    [LoggerMessage(2301, LogLevel.Information, "recovery woke {Sessions} session(s), {Approvals} approval(s), {Workers} worker(s)")]
    private partial void LogSwept(int sessions, int approvals, int workers);

    [LoggerMessage(2302, LogLevel.Warning, "recovery could not wake {Item}")]
    private partial void LogNotWoken(Exception error, string item);
}
