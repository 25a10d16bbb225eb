using System.Collections.Immutable;

namespace Cavra.Actors.Workers;

/// <summary>Which workers exist; one grain, key <c>all</c>. Rebuilt from storage on activation.</summary>
[Alias("cavra.IWorkerDirectory")]
public interface IWorkerDirectory : IGrainWithStringKey
{
    /// <summary>A worker registered, changed or left; dispatchers that watch are told.</summary>
    [Alias("Changed"), OneWay]
    Task Changed(WorkerView worker);

    /// <summary>Every known worker; the caller, a dispatcher, is told of changes from now on.</summary>
    [Alias("Watch")]
    Task<ImmutableArray<WorkerView>> Watch(string dispatchKey);

    /// <summary>Every known worker.</summary>
    [Alias("List"), AlwaysInterleave]
    Task<ImmutableArray<WorkerView>> List();
}
