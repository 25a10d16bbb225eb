using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Simulation;

/// <summary>
/// A worker by the channel's rules and with a journal, without processes. It is killed and restarted, freezes and thaws, is cut off; what it
/// starts is held against what was decided.
/// </summary>
internal sealed partial class SimulatedWorker(RunContext run, SimulatedHost host, ExecutionChecker executions, string name, int room)
{
    private static readonly WorkerTiming Timing = new();
    private readonly WorkerJournal _journal = new();
    private readonly Dictionary<AssignmentId, HeldAssignment> _held = [];
    private readonly List<(Connection From, SessionFrame Frame)> _inbox = [];
    private readonly List<Connection> _connections = [];
    private Connection? _connection;
    private DateTimeOffset _leaseUntil;
    private int _life;
    private int _channels;

    public string Name { get; } = name;

    public WorkerId Id { get; } = new(name);

    public bool IsAlive { get; private set; }

    public bool IsFrozen { get; private set; }

    public bool IsCutOff { get; set; }

    public Task Start()
    {
        (IsAlive, IsFrozen) = (true, false);
        var life = ++_life;
        run.Note(Name, $"started, life {life}");
        Recover();
        _ = Beat(life);
        return Stay(life);
    }

    public void Kill()
    {
        if (!IsAlive) return;
        run.Note(Name, "killed");
        (IsAlive, _leaseUntil) = (false, default);
        _life++;
        foreach (var held in _held.Values)
            if (held.Running is { } running) executions.Ends(running);
        _held.Clear();
        _outbox.Clear();
        _pumped.Clear();
        _inbox.Clear();
        Hang();
    }

    public async Task Freeze(TimeSpan length)
    {
        if (!IsAlive || IsFrozen) return;
        run.Note(Name, $"frozen for {length.TotalSeconds:0.0} s");
        IsFrozen = true;
        var life = _life;
        await run.Pause(length);
        if (life != _life) return;
        IsFrozen = false;
        run.Note(Name, "thawed");
        foreach (var (from, frame) in _inbox.ToArray()) Handle(from, frame);
        _inbox.Clear();
        PumpAll();
    }

    /// <summary>The socket breaks; the host hears of it now or not at all.</summary>
    public void Cut()
    {
        if (_connection is { IsOpen: true }) run.Note(Name, "channel cut");
        Hang();
    }

    public void Receive(Connection from, SessionFrame frame)
    {
        if (!IsAlive || IsCutOff || !ReferenceEquals(from, _connection)) return;
        if (IsFrozen) _inbox.Add((from, frame));
        else Handle(from, frame);
    }

    private bool Lives(int life) => life == _life && !run.Over;

    private void Hang()
    {
        if (_connection is not { } connection) return;
        _connection = null;
        var told = run.Calm || run.Dice.Chance(0.5);
        _ = connection.Close("socket");
        if (told && host.IsUp && connection.Generation == host.Generation) _ = Quietly(g => g.GetGrain<IAgentWorker>(Name).CloseChannel(connection.Id, "reset"));
    }

    /// <summary>Heartbeats, and with them the lease; registers when the host does not know the worker.</summary>
    private async Task Beat(int life)
    {
        while (Lives(life))
        {
            if (!IsFrozen && !IsCutOff) await BeatOnce(life);
            await run.Pause(Timing.Heartbeat);
        }
    }

    private async Task BeatOnce(int life)
    {
        var sent = run.Time.GetUtcNow();
        try
        {
            var worker = host.Grains.GetGrain<IAgentWorker>(Name);
            var reply = await worker.Heartbeat(new()
            {
                WorkerId = Name,
                CurrentLoad = _held.Count,
                Sessions = [.. _held.Values.Select(h => new HeldSession(h.Frame.SessionId, h.Frame.AssignmentId))],
            });
            if (!Lives(life) || IsFrozen || IsCutOff) return;
            if (reply.State is null)
            {
                await worker.Register(Registration());
                return;
            }

            _leaseUntil = sent + Timing.OfflineAfter;
            foreach (var revoked in reply.Revoked) Revoke(revoked);
        }
        catch (Exception e)
        {
            run.Note(Name, $"heartbeat: {e.GetType().Name}");
        }
    }

    /// <summary>Keeps a channel open: opens it, answers its pings, opens another when it is gone.</summary>
    private async Task Stay(int life)
    {
        while (Lives(life))
        {
            if (!IsFrozen && !IsCutOff) await StayOnce(life);
            await run.Pause(_connection is null ? run.Dice.Seconds(0.5, 3) : Timing.Ping);
        }
    }

    private async Task StayOnce(int life)
    {
        try
        {
            if (_connection is { IsOpen: true } open && open.Generation == host.Generation)
            {
                if (!await host.Grains.GetGrain<IAgentWorker>(Name).ChannelAlive(open.Id, 10) && ReferenceEquals(open, _connection)) Hang();
                return;
            }

            _connection = null;
            await Connect(life);
        }
        catch (Exception e)
        {
            run.Note(Name, $"channel: {e.GetType().Name}");
            _connection = null;
        }
    }

    private async Task Connect(int life)
    {
        var worker = host.Grains.GetGrain<IAgentWorker>(Name);
        var connection = new Connection(run, this, $"{Name}-{++_channels}", host.Generation);

        // Kept: the host holds its observers weakly, and when the collector runs is not in the seed.
        _connections.Add(connection);
        if ((await worker.Register(Registration())).Refusal is { } unregistered)
        {
            run.Note(Name, $"register: {unregistered.Code}");
            return;
        }

        if (!Lives(life) || IsFrozen || IsCutOff) return;

        // In place first: frames may come before the answer.
        _connection = connection;
        var reply = await worker.OpenChannel(connection.Id, host.Observe<IAgentChannel>(connection), TransportChannel.Websocket);
        run.Note(Name, $"channel {connection.Id}: {reply.Refusal?.Code ?? "open"}");
        if (_channels > 1) run.Reach(Situation.ChannelReplaced);
        if (reply.Refusal is not null) _connection = null;
        else PumpAll();
    }

    private AgentRegistration Registration() => new()
    {
        WorkerId = Name,
        Capabilities = ["shell"],
        NetworkSegment = "local",
        Environments = [TargetEnvironment.Dev, TargetEnvironment.Staging, TargetEnvironment.Prod],
        MaxConcurrency = room,
        Sandbox = ["dev-flex"],
        CertificateKey = "key-" + Name,
    };

    private async Task Quietly(Func<IGrainFactory, Task> call)
    {
        try
        {
            await run.Pause(Latency.Draw(run));
            await call(host.Grains);
        }
        catch (Exception e)
        {
            run.Note(Name, $"not told: {e.GetType().Name}");
        }
    }
}
