using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.Operations;

/// <summary>
/// Wakes what must not sleep. The first sweep after a start nudges everything that lives, since no activation is left to do it; each minute a durable reminder
/// wakes sessions whose deadline passed without a turn, which can only be those of a host that died.
/// </summary>
internal sealed partial class RecoveryGrain(IRecoveryReader reader, IWorkerStore workers, TimeProvider time, ILogger<RecoveryGrain> log) : Grain, IRecovery, IRemindable
{
    private const int PageSize = 500;

    // A session wakes itself at its deadline; one that is this late has nobody.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(30);

    public async Task<int> Sweep()
    {
        await this.RegisterOrUpdateReminder("overdue", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        foreach (var worker in await workers.All())
        {
            if (worker.Registered) await GrainFactory.GetGrain<IAgentWorker>(worker.WorkerId.Value).View();
        }

        var sessions = await NudgeSessions(dueBefore: null);
        var approvals = await WakeApprovals();
        LogSwept(sessions, approvals);
        return sessions;
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        var woken = await NudgeSessions(dueBefore: time.GetUtcNow() - Late);
        if (woken > 0) LogOverdue(woken);
    }

    private async Task<int> NudgeSessions(DateTimeOffset? dueBefore)
    {
        var (count, after) = (0, new SessionId(0));
        while (await reader.LiveSessions(after, PageSize, dueBefore) is { Count: > 0 } page)
        {
            foreach (var session in page) await GrainFactory.GetGrain<IExecutionSession>(session.Value).Nudge();
            // Activation reads the store: one page at a time keeps the load bounded, and the view waits for the page's last activation.
            await GrainFactory.GetGrain<IExecutionSession>(page[^1].Value).View();
            (count, after) = (count + page.Count, page[^1]);
        }

        return count;
    }

    private async Task<int> WakeApprovals()
    {
        var (count, after) = (0, (ApprovalId?)null);
        while (await reader.OpenApprovals(after, PageSize) is { Count: > 0 } page)
        {
            foreach (var approval in page)
            {
                // Its session is told too: one that ended just before the host did has yet to void it.
                if (await GrainFactory.GetGrain<IApprovalTask>(approval.Value).View() is { } task)
                    await GrainFactory.GetGrain<IExecutionSession>(task.Request.Session.Value).Nudge();
            }

            (count, after) = (count + page.Count, page[^1]);
        }

        return count;
    }

    [LoggerMessage(2101, LogLevel.Information, "recovery: nudged {Sessions} live sessions, woke {Approvals} open approvals")]
    private partial void LogSwept(int sessions, int approvals);

    [LoggerMessage(2102, LogLevel.Warning, "recovery: {Sessions} sessions were past their deadline without a turn and were woken")]
    private partial void LogOverdue(int sessions);
}
