using Cavra.Actors.Identity;
using Cavra.Actors.Workers;

namespace Cavra.Actors.Dispatch;

/// <summary>A worker as one dispatcher sees it. The load is the last that was heard plus what is being reserved.</summary>
internal sealed class WorkerSeat(WorkerView view)
{
    public WorkerView View { get; private set; } = view;

    public WorkerId Id => View.WorkerId;

    public int Load { get; set; } = view.CurrentLoad;

    public bool HasRoom => Load < View.MaxConcurrency;

    /// <summary>It refused a place and tells when one may be had; until then it is not asked.</summary>
    public bool Refusing { get; set; }

    /// <summary>Rises with everything heard of the worker: an answer to an older question does not make it <see cref="Refusing"/>.</summary>
    public int Epoch { get; private set; }

    /// <summary>When it was chosen last, in choices: among equals the one that waited longest.</summary>
    public long ChosenAt { get; set; }

    public void Heard(int load)
    {
        Load = load;
        Refusing = false;
        Epoch++;
    }

    /// <summary>Takes the newer view; true when matching may judge it differently.</summary>
    public bool Heard(WorkerView view)
    {
        var changed = !SameForMatching(View, view);
        View = view;
        Heard(view.CurrentLoad);
        return changed;
    }

    private static bool SameForMatching(WorkerView a, WorkerView b) =>
        Excluded(a) == Excluded(b)
        && a.Registered == b.Registered
        && a.Transport.HasValue == b.Transport.HasValue
        && a.LastBadAt == b.LastBadAt
        && a.RoundTripMs == b.RoundTripMs
        && a.NetworkSegment == b.NetworkSegment
        && a.InProcess == b.InProcess
        && a.Capabilities.AsSpan().SequenceEqual(b.Capabilities.AsSpan())
        && a.Environments.AsSpan().SequenceEqual(b.Environments.AsSpan())
        && a.Sandbox.AsSpan().SequenceEqual(b.Sandbox.AsSpan())
        && a.Tenants.AsSpan().SequenceEqual(b.Tenants.AsSpan());

    private static WorkerState? Excluded(WorkerView view) =>
        view.State is WorkerState.Offline or WorkerState.Errored or WorkerState.Draining ? view.State : null;
}
