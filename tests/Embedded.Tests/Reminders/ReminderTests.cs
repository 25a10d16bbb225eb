using Cavra.Actors.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Cavra.Actors.Embedded.Tests.Reminders;

internal interface IAlarmGrain : IGrainWithStringKey
{
    Task Set(TimeSpan due, TimeSpan period);

    Task Stop();

    Task<bool> Exists();
}

internal sealed class AlarmGrain(Probe probe, TimeProvider time) : Grain, IAlarmGrain, IRemindable
{
    private IGrainReminder? _reminder;

    public async Task Set(TimeSpan due, TimeSpan period) => _reminder = await this.RegisterOrUpdateReminder("alarm", due, period);

    public async Task Stop() => await this.UnregisterReminder((_reminder ?? await this.GetReminder("alarm"))!);

    public async Task<bool> Exists() => await this.GetReminder("alarm") is not null;

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        probe.Mark($"{this.GetPrimaryKeyString()} {reminderName} at {(time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMinutes % 1_440:0.##}");
        await probe.Gate("tick").Pass();
    }
}

/// <summary>Orleans: reminders outlive activations and hosts; a tick missed while nothing ran comes once, at the start.</summary>
public sealed class ReminderTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static async Task<GrainHostFixture> StartAsync(MemoryReminderTable table, ManualTimeProvider time)
    {
        var host = await GrainHostFixture.StartAsync(services: s => s.AddSingleton(table), time: time);
        host.Probe.Gate("tick").Open();
        return host;
    }

    [Fact]
    public async Task Registered_DueTimeAndPeriodPass_TicksAtThoseInstants()
    {
        await using var host = await StartAsync(new MemoryReminderTable(), new ManualTimeProvider());
        await host.Grain<IAlarmGrain>("a").Set(TimeSpan.FromSeconds(15), Minute);
        host.Time.Advance(TimeSpan.FromSeconds(15));
        await host.Probe.Gate("tick").Arrived();
        await Settled(host);
        host.Time.Advance(Minute);
        await host.Probe.Gate("tick").Arrived();
        host.Probe.Marks.ShouldBe(["a alarm at 0.25", "a alarm at 1.25"]);
    }

    [Fact]
    public async Task DueFarAhead_TimePasses_IsFoundInTheTableInTime()
    {
        await using var host = await StartAsync(new MemoryReminderTable(), new ManualTimeProvider());
        await host.Grain<IAlarmGrain>("a").Set(TimeSpan.FromMinutes(90), Minute);
        for (var i = 0; i < 90; i++)
        {
            host.Time.Advance(Minute);
            await Settled(host);
        }

        await host.Probe.Gate("tick").Arrived();
        host.Probe.Marks.ShouldBe(["a alarm at 90"]);
    }

    [Fact]
    public async Task ActivationIsGone_TickDue_ActivatesTheGrain()
    {
        await using var host = await StartAsync(new MemoryReminderTable(), new ManualTimeProvider());
        await host.Grain<IAlarmGrain>("a").Set(2 * Minute, Minute);
        var activation = host.Host.Directory.All().Single();
        activation.Deactivate(new DeactivationReason(DeactivationReasonCode.RuntimeRequested, "test"));
        await GrainHostFixture.Soon(activation.Deactivated);
        host.Time.Advance(Minute);
        await Settled(host);
        host.Time.Advance(Minute);
        await host.Probe.Gate("tick").Arrived();
        host.Host.ActivationCount.ShouldBe(1);
    }

    [Fact]
    public async Task HostWasDownForManyTicks_NextHostStarts_FiresOnceThenKeepsTheBeat()
    {
        var (table, time) = (new MemoryReminderTable(), new ManualTimeProvider());
        var first = await StartAsync(table, time);
        await first.Grain<IAlarmGrain>("a").Set(Minute, 2 * Minute);
        first.Host.Crash();
        time.Advance(TimeSpan.FromMinutes(10));
        await using var second = await StartAsync(table, time);
        await second.Probe.Gate("tick").Arrived();
        await Settled(second);
        second.Probe.Marks.ShouldBe(["a alarm at 10"]);
        time.Advance(Minute);
        await second.Probe.Gate("tick").Arrived();
        second.Probe.Marks.ShouldBe(["a alarm at 10", "a alarm at 11"]);
    }

    [Fact]
    public async Task Unregistered_TimePasses_NoTickAndNoRow()
    {
        var table = new MemoryReminderTable();
        await using var host = await StartAsync(table, new ManualTimeProvider());
        await host.Grain<IAlarmGrain>("a").Set(Minute, Minute);
        await host.Grain<IAlarmGrain>("a").Stop();
        host.Time.Advance(Minute);
        await Settled(host);
        host.Probe.Marks.ShouldBeEmpty();
        table.Count.ShouldBe(0);
        (await host.Grain<IAlarmGrain>("a").Exists()).ShouldBeFalse();
    }

    [Fact]
    public async Task SetAnew_OldTimePasses_OnlyTheNewOneTicks()
    {
        await using var host = await StartAsync(new MemoryReminderTable(), new ManualTimeProvider());
        await host.Grain<IAlarmGrain>("a").Set(TimeSpan.FromSeconds(10), Minute);
        await host.Grain<IAlarmGrain>("a").Set(TimeSpan.FromSeconds(30), Minute);
        host.Time.Advance(TimeSpan.FromSeconds(10));
        await Settled(host);
        host.Probe.Marks.ShouldBeEmpty();
        host.Time.Advance(TimeSpan.FromSeconds(20));
        await host.Probe.Gate("tick").Arrived();
        host.Probe.Marks.ShouldBe(["a alarm at 0.5"]);
    }

    [Fact]
    public async Task PeriodBelowTheMinimum_Registered_IsRefused()
    {
        await using var host = await StartAsync(new MemoryReminderTable(), new ManualTimeProvider());
        await Should.ThrowAsync<ArgumentException>(() => host.Grain<IAlarmGrain>("a").Set(Minute, TimeSpan.FromSeconds(59)));
    }

    /// <summary>Waits until the service has done everything that the clock has brought about.</summary>
    private static async Task Settled(GrainHostFixture host)
    {
        foreach (var activation in host.Host.Directory.All())
            await GrainHostFixture.Soon(activation.WhenQuiet());
        await GrainHostFixture.Soon(host.Host.Reminders.WhenQuiet());
    }
}
