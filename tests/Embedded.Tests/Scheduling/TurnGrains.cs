namespace Cavra.Actors.Embedded.Tests.Scheduling;

internal interface ITurnGrain : IGrainWithStringKey
{
    Task Wait(string gate);

    Task Mark(string mark);

    [AlwaysInterleave]
    Task MarkInterleaved(string mark);

    [ReadOnly]
    Task WaitReadOnly(string gate);

    [OneWay]
    Task Tell(string gate);

    Task<bool> OnOwnScheduler();

    Task SpawnTasks(int count);

    Task<int> CallBack(string other, bool allowReentrancy);

    Task<int> AskBack(string origin);

    Task<int> Value();
}

/// <summary>Waits and marks; fails the test when two of its turns run side by side.</summary>
internal abstract class TurnGrainBase(Probe probe) : Grain, ITurnGrain
{
    private int _inside;

    public async Task Wait(string gate)
    {
        Turn($"{gate} begins");
        await probe.Gate(gate).Pass();
        Turn($"{gate} ends");
    }

    public Task Mark(string mark)
    {
        Turn(mark);
        return Task.CompletedTask;
    }

    public Task MarkInterleaved(string mark) => Mark(mark);

    public Task WaitReadOnly(string gate) => Wait(gate);

    public async Task Tell(string gate)
    {
        await Wait(gate);
        throw new InvalidOperationException("nobody hears this");
    }

    public async Task<bool> OnOwnScheduler()
    {
        var own = TaskScheduler.Current;
        if (own == TaskScheduler.Default)
            return false;
        await Task.Yield();
        var afterYield = TaskScheduler.Current == own;
        await Task.Run(() => Thread.Yield());
        var afterPool = TaskScheduler.Current == own;
        var started = await Task.Factory.StartNew(() => TaskScheduler.Current == own, CancellationToken.None, TaskCreationOptions.None, TaskScheduler.Current);
        return afterYield && afterPool && started && TaskScheduler.Current == own;
    }

    public async Task SpawnTasks(int count)
    {
        var all = Enumerable.Range(0, count).Select(async _ =>
        {
            Turn(null);
            await Task.Yield();
            Turn(null);
            await Task.Run(() => Thread.Yield());
            Turn(null);
        });
        await Task.WhenAll(all);
    }

    public async Task<int> CallBack(string other, bool allowReentrancy)
    {
        var target = GrainFactory.GetGrain<ITurnGrain>(other, GetType().FullName);
        if (!allowReentrancy)
            return await target.AskBack(this.GetPrimaryKeyString());
        using (RequestContext.AllowCallChainReentrancy())
            return await target.AskBack(this.GetPrimaryKeyString());
    }

    public Task<int> AskBack(string origin) => GrainFactory.GetGrain<ITurnGrain>(origin, GetType().FullName).Value();

    public Task<int> Value() => Task.FromResult(42);

    private void Turn(string? mark)
    {
        if (Interlocked.Increment(ref _inside) != 1)
            probe.Mark("two turns at once");
        if (mark is not null)
            probe.Mark(mark);
        Thread.Yield();
        Interlocked.Decrement(ref _inside);
    }
}

internal sealed class TurnGrain(Probe probe) : TurnGrainBase(probe);

[Reentrant]
internal sealed class ReentrantTurnGrain(Probe probe) : TurnGrainBase(probe);
