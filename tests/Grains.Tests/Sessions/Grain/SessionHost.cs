using System.Collections.Concurrent;
using System.Collections.Immutable;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Sessions;
using Cavra.Actors.Testing;
using Cavra.Actors.Workers.Channel;
using Microsoft.Extensions.DependencyInjection;
using static Cavra.Actors.Grains.Sessions.SessionGiven;

namespace Cavra.Actors.Grains.Sessions;

/// <summary>An embedded host with the real session grain and stand-ins around it, under a clock that is moved by hand.</summary>
internal sealed class SessionHost : IAsyncDisposable
{
    private ServiceProvider? _services;

    private readonly ITurnExecutor? _executor;

    private SessionHost(ManualTimeProvider? time, ITurnExecutor? executor) => (Time, _executor) = (time ?? new(T0), executor);

    public MemoryJournal Journal { get; } = new();
    public Surroundings World { get; } = new();
    public ManualTimeProvider Time { get; }
    public ReminderRows Reminders { get; } = new();
    public IExecutionSession Session => Host.GetGrain<IExecutionSession>(Number.Value);
    public EmbeddedGrainHost Host => _services!.GetRequiredService<EmbeddedGrainHost>();

    public static async Task<SessionHost> StartAsync(ManualTimeProvider? time = null, ITurnExecutor? executor = null)
    {
        var host = new SessionHost(time, executor);
        await host.BootAsync();
        return host;
    }

    /// <summary>All that was only in memory is gone.</summary>
    public async Task RestartAsync()
    {
        await _services!.DisposeAsync();
        await BootAsync();
    }

    public async Task<SessionReply> CreateAsync(SessionPlan plan, IdempotencyMark? mark = null, string ticket = "INC-1", long number = 0) =>
        await Host.GetGrain<IExecutionSession>(number == 0 ? Number.Value : number)
            .Execute(new CreateSession { Actor = Operator, TicketId = ticket, Plan = plan, Idempotency = mark, TraceId = "4bf92f3577b34da6a3ce929d0e0e4736" });

    public Task<ImmutableArray<FrameReceipt>> TellAsync(params SessionFrame[] frames) => Session.Report(WorkerA, [.. frames]);

    /// <summary>A session whose first command is out.</summary>
    public async Task<CommandFrame> RunningAsync(SessionPlan plan)
    {
        (await CreateAsync(plan)).Refusal.ShouldBeNull();
        var assign = await World.Next<AssignFrame>();
        await TellAsync(Ack(assign), Preflight(assign));
        return await World.Next<CommandFrame>();
    }

    public static AssignmentAckFrame Ack(AssignFrame assign) => new() { SessionId = Number, AssignmentId = assign.AssignmentId, Accepted = true };

    public static PreflightFrame Preflight(AssignFrame assign) => new() { SessionId = Number, AssignmentId = assign.AssignmentId, Ok = true };

    public static StepStartedFrame Started(CommandFrame command) =>
        new() { SessionId = Number, AssignmentId = command.AssignmentId, StepNumber = command.StepNumber, Attempt = command.Attempt, IsRollback = command.IsRollback };

    public static StepOutputFrame Output(CommandFrame command, long seq) => new()
    {
        SessionId = Number,
        AssignmentId = command.AssignmentId,
        StepNumber = command.StepNumber,
        Attempt = command.Attempt,
        IsRollback = command.IsRollback,
        StreamSeq = seq,
        ChunkType = "stdout",
        Data = "hello\n",
    };

    public static StepResultFrame Result(CommandFrame command, long lastSeq = 0) => new()
    {
        SessionId = Number,
        AssignmentId = command.AssignmentId,
        StepNumber = command.StepNumber,
        Attempt = command.Attempt,
        IsRollback = command.IsRollback,
        Status = StepOutcome.Succeeded,
        ExitCode = 0,
        ExecutionMs = 1,
        LastStreamSeq = lastSeq,
    };

    public async ValueTask DisposeAsync() => await _services!.DisposeAsync();

    private async Task BootAsync()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton<ISessionJournal>(Journal);
        services.AddSingleton<IAuditLog>(Journal);
        services.AddSingleton(World);
        services.AddSingleton(SessionGiven.Options);
        services.AddSingleton<IReminderTable>(Reminders);
        if (_executor is not null) services.AddSingleton(_executor);
        services.AddEmbeddedGrains(options =>
        {
            options.AddGrain<ExecutionSession>().AddGrain<DispatchStandIn>().AddGrain<WorkerStandIn>().AddGrain<ApprovalStandIn>();
            options.StreamProviders.Add(SessionEvents.StreamProvider);
        });
        _services = services.BuildServiceProvider();
        await Host.StartAsync();
    }
}

/// <summary>Reminders as rows in memory; counts what is written.</summary>
internal sealed class ReminderRows : IReminderTable
{
    private readonly ConcurrentDictionary<(GrainId, string), ReminderEntry> _rows = new();
    private int _version;

    public int Writes => _version;
    public int Count => _rows.Count;

    /// <summary>While set, the table cannot be reached; how often it was tried is counted.</summary>
    public bool Down { get; set; }
    public int Refused { get; private set; }

    public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName)
    {
        Reach();
        return Task.FromResult(_rows.GetValueOrDefault((grainId, reminderName)));
    }

    public Task<IReadOnlyList<ReminderEntry>> ReadRows(GrainId grainId) => Task.FromResult<IReadOnlyList<ReminderEntry>>([.. _rows.Values.Where(r => r.GrainId == grainId)]);

    public Task<IReadOnlyList<ReminderEntry>> ReadDue(DateTimeOffset until, int limit) =>
        Task.FromResult<IReadOnlyList<ReminderEntry>>([.. _rows.Values.Where(r => r.NextDue <= until).OrderBy(r => r.NextDue).Take(limit)]);

    public Task<string> UpsertRow(ReminderEntry entry)
    {
        Reach();
        var etag = Interlocked.Increment(ref _version).ToString(System.Globalization.CultureInfo.InvariantCulture);
        _rows[(entry.GrainId, entry.ReminderName)] = entry with { ETag = etag };
        return Task.FromResult(etag);
    }

    public Task<bool> AdvanceRow(GrainId grainId, string reminderName, string eTag, DateTimeOffset nextDue)
    {
        if (!_rows.TryGetValue((grainId, reminderName), out var row) || row.ETag != eTag) return Task.FromResult(false);
        _rows[(grainId, reminderName)] = row with { NextDue = nextDue };
        return Task.FromResult(true);
    }

    private void Reach()
    {
        if (!Down) return;
        Refused++;
        throw new StoreUnavailableException();
    }

    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag)
    {
        Reach();
        return Task.FromResult(_rows.TryGetValue((grainId, reminderName), out var row) && row.ETag == eTag && _rows.TryRemove((grainId, reminderName), out _));
    }
}
