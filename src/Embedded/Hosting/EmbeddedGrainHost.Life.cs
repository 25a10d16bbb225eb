namespace Cavra.Actors.Embedded;

public sealed partial class EmbeddedGrainHost
{
    /// <summary>Begins to take calls, collects idle activations and fires reminders that are due, also those missed while no host ran.</summary>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (_stage != HostStage.Created)
            throw new InvalidOperationException($"The grain host is {_stage} and cannot start.");
        _stage = HostStage.Running;
        _collector = Timers.Create(Time, static self => ((EmbeddedGrainHost)self!).CollectIdle(), this);
        ArmCollector();
        await Reminders.StartAsync();
        Log.Started(Options.Types().Count());
    }

    /// <summary>
    /// Refuses new calls from outside, lets running and queued ones end, then deactivates everything with
    /// <see cref="DeactivationReasonCode.ShuttingDown"/>. What has not ended by <see cref="EmbeddedGrainOptions.ShutdownTimeout"/>, or when
    /// <paramref name="cancellationToken"/> says so, is given up and its callers get <see cref="GrainHostUnavailableException"/>.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (_stage != HostStage.Running)
            return;
        _stage = HostStage.Draining;
        await StopTimersAsync();
        using var deadline = new CancellationTokenSource(Options.ShutdownTimeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await DrainAsync(either.Token);
            await DeactivateAllAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            // The rest is given up below.
        }

        _stage = HostStage.Stopped;
        var rest = Directory.All();
        Abandon(rest, new GrainHostUnavailableException("The grain host stopped before the call ended; whether it takes effect is not known."));
        Log.Stopped(rest.Count);
    }

    /// <summary>
    /// Ends like a killed process, for tests: no deactivation, no further turn, nothing written; callers outside get
    /// <see cref="GrainHostUnavailableException"/>. Turns that run on other threads end at their next await.
    /// </summary>
    public void Crash()
    {
        _stage = HostStage.Crashed;
        _collector?.Dispose();
        Reminders.Abandon();
        Abandon(Directory.All(), new GrainHostUnavailableException("The grain host crashed; whether the call took effect is not known."));
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true));
        _collector?.Dispose();
        Timeouts.Dispose();
    }

    private async Task StopTimersAsync()
    {
        _collector?.Dispose();
        await Reminders.StopAsync();
    }

    private async Task DrainAsync(CancellationToken deadline)
    {
        bool busy;
        do
        {
            busy = false;
            foreach (var activation in Directory.All())
            {
                var quiet = activation.WhenQuiet();
                if (quiet.IsCompleted)
                    continue;
                busy = true;
                await quiet.WaitAsync(deadline);
            }
        }
        while (busy);
    }

    // Deactivations may call other grains and so activate them again; they end in the next round.
    private async Task DeactivateAllAsync(CancellationToken deadline)
    {
        while (Directory.All() is { Count: > 0 } all)
        {
            foreach (var activation in all)
                activation.Deactivate(new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The grain host stops."), drainFirst: true);
            await Task.WhenAll(all.ConvertAll(static a => a.Deactivated)).WaitAsync(deadline);
        }
    }

    private void Abandon(List<Activation> activations, GrainHostUnavailableException error)
    {
        Streams.Kill(error);
        Observers.Kill(error);
        foreach (var activation in activations)
        {
            activation.Kill(error);
            Directory.Remove(activation);
        }

        Timeouts.Dispose();
    }

    private void CollectIdle()
    {
        if (_stage != HostStage.Running)
            return;
        Directory.Collect(Time.GetTimestamp());
        ArmCollector();
    }

    private void ArmCollector() => _collector!.Change(Options.Collection.CollectionQuantum, Timeout.InfiniteTimeSpan);
}
