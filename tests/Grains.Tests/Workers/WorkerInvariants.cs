using Cavra.Actors.Workers;
using static Cavra.Actors.Grains.Workers.WorkerGiven;

namespace Cavra.Actors.Grains.Workers;

/// <summary>What holds of every worker whatever happened.</summary>
internal static class WorkerInvariants
{
    public static void Check(WorkerStatus status, string context)
    {
        status.RunningCount.ShouldBe(status.Held.Values.Count(p => p.Running), context);
        status.Held.Values.Select(p => p.Session).Distinct().Count().ShouldBe(status.Held.Count, $"one place per session: {context}");
        if (!status.Registered) status.Channel.ShouldBeNull(context);
        if (status.GraceEndsAt is not null) (status.Channel is null && status.Held.Count > 0 && !status.SessionsToldLost).ShouldBeTrue(context);
        if (status is { Registered: true, Channel: null, Held.Count: > 0 }) (status.GraceEndsAt is not null || status.SessionsToldLost || status.Silent).ShouldBeTrue($"nobody would fail over: {context}");
        if (status.Registration is null) status.Held.Values.All(p => p.Used).ShouldBeTrue(context);
    }

    /// <summary>After a tick nothing is due any more: a timer armed by it cannot spin.</summary>
    public static void CheckTick(WorkerStatus status, DateTimeOffset now, string context)
    {
        var due = WorkerMachine.Due(status, Timing);
        (due is null || due > now).ShouldBeTrue($"due {due:O} at {now:O}: {context}");
    }
}
