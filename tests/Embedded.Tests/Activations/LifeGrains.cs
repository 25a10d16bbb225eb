namespace Cavra.Actors.Embedded.Tests.Activations;

internal interface ILifeGrain : IGrainWithStringKey
{
    Task<int> Instance();

    Task Leave();

    Task LeaveAndWait(string gate);

    Task Mark(string mark);

    Task Delay(TimeSpan time);
}

internal sealed class LifeGrain(Probe probe) : Grain, ILifeGrain
{
    private static int _instances;

    private readonly int _instance = Interlocked.Increment(ref _instances);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        probe.Mark("activated");
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        probe.Mark($"deactivated {reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public Task<int> Instance() => Task.FromResult(_instance);

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task LeaveAndWait(string gate)
    {
        DeactivateOnIdle();
        await probe.Gate(gate).Pass();
        probe.Mark("left");
    }

    public Task Mark(string mark)
    {
        probe.Mark(mark);
        return Task.CompletedTask;
    }

    public Task Delay(TimeSpan time)
    {
        DelayDeactivation(time);
        return Task.CompletedTask;
    }
}

internal interface IFailingGrain : IGrainWithStringKey
{
    Task<string> Ask();

    Task Wait(string gate);

    Task LeaveAndWait(string gate);
}

/// <summary>Fails to activate as often as it is told.</summary>
internal sealed class FailingGrain(Probe probe, Failures failures) : Grain, IFailingGrain
{
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        probe.Mark("activating");
        await probe.Gate("activation").Pass();
        if (failures.Take())
            throw new FormatException("cannot activate");
    }

    public Task<string> Ask() => Task.FromResult("answer");

    public async Task Wait(string gate) => await probe.Gate(gate).Pass();

    public async Task LeaveAndWait(string gate)
    {
        DeactivateOnIdle();
        await probe.Gate(gate).Pass();
    }
}

internal sealed class Failures(int count)
{
    private int _left = count;

    public bool Take() => Interlocked.Decrement(ref _left) >= 0;
}

internal interface IPoolGrain : IGrainWithStringKey
{
    Task Wait(string gate);
}

[StatelessWorker(2)]
internal sealed class PoolGrain(Probe probe) : Grain, IPoolGrain
{
    public async Task Wait(string gate) => await probe.Gate(gate).Pass();
}

internal interface IReflexGrain : IGrainWithStringKey
{
    Task Call();
}

/// <summary>Ends itself at every start.</summary>
internal sealed class ReflexGrain : Grain, IReflexGrain
{
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task Call() => Task.CompletedTask;
}

internal interface IStillbornGrain : IGrainWithStringKey
{
    Task Call();
}

internal sealed class StillbornGrain : Grain, IStillbornGrain
{
    public StillbornGrain() => throw new FormatException("cannot be made");

    public Task Call() => Task.CompletedTask;
}
