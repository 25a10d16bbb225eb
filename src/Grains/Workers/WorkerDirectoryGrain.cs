using System.Collections.Immutable;
using Cavra.Actors.Dispatch;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.Workers;

/// <summary>
/// Views of all workers in memory, rebuilt from the store on activation; dispatchers that watch get every change. A view here may lag in its load: lists
/// for people ask the workers themselves.
/// </summary>
[Reentrant]
internal sealed partial class WorkerDirectoryGrain(IWorkerStore store, WorkerTiming timing, TimeProvider time, ILogger<WorkerDirectoryGrain> log) : Grain, IWorkerDirectory
{
    /// <summary>The one directory's key.</summary>
    public const string Key = "all";

    /// <summary>Workers asked at once for a list.</summary>
    private const int ListConcurrency = 256;

    private readonly Dictionary<WorkerId, WorkerView> _workers = [];
    private readonly HashSet<string> _watchers = new(StringComparer.Ordinal);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        foreach (var record in await store.All())
        {
            if (!record.Registered) continue;
            var status = WorkerProjection.Restore(record, [], timing, time.GetUtcNow());
            _workers[record.WorkerId] = WorkerProjection.View(record.WorkerId, status, timing)!;
        }
    }

    public Task Changed(WorkerView worker)
    {
        if (worker.Registered) _workers[worker.WorkerId] = worker;
        else _workers.Remove(worker.WorkerId);
        foreach (var key in _watchers) _ = Quietly(GrainFactory.GetGrain<IDispatch>(key).WorkerUpdated(worker));
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<WorkerView>> Watch(string dispatchKey)
    {
        _watchers.Add(dispatchKey);
        return Task.FromResult(_workers.Values.ToImmutableArray());
    }

    public async Task<ImmutableArray<WorkerView>> List()
    {
        var views = ImmutableArray.CreateBuilder<WorkerView>(_workers.Count);
        foreach (var chunk in _workers.Values.OrderBy(w => w.WorkerId.Value, StringComparer.Ordinal).Chunk(ListConcurrency))
        {
            foreach (var view in await Task.WhenAll(chunk.Select(Fresh)))
            {
                if (view.Registered) views.Add(view);
            }
        }

        return views.DrainToImmutable();
    }

    private async Task<WorkerView> Fresh(WorkerView known)
    {
        try
        {
            return await GrainFactory.GetGrain<IAgentWorker>(known.WorkerId.Value).View() ?? known;
        }
        catch (Exception e)
        {
            LogNotAsked(e, known.WorkerId);
            return known;
        }
    }

    private async Task Quietly(Task call)
    {
        try
        {
            await call;
        }
        catch (Exception e)
        {
            LogNotTold(e);
        }
    }

    [LoggerMessage(2020, LogLevel.Debug, "worker {WorkerId} could not be asked; the list shows what was known")]
    private partial void LogNotAsked(Exception error, WorkerId workerId);

    [LoggerMessage(2021, LogLevel.Debug, "a dispatcher could not be told of a worker's change")]
    private partial void LogNotTold(Exception error);
}
