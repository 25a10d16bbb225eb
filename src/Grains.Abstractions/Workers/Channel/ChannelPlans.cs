using System.Collections.Immutable;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Workers.Channel;

/// <summary>
/// The plans whose steps have gone down one channel. Under the subprotocol <c>cavra.agent.batch.v1</c> the steps of a plan are sent once; afterwards
/// <c>runbook_steps</c> is empty and <c>plan_digest</c> stands for them. Both ends keep the same plans by the same rule, the last <see cref="Kept"/> in the order
/// of their sending, so neither has to ask. Without the subprotocol every assignment carries its steps. Not for use by two threads at a time.
/// </summary>
public sealed class ChannelPlans
{
    /// <summary>How many plans a channel remembers.</summary>
    public const int Kept = 64;

    private readonly Dictionary<string, ImmutableArray<PlannedStep>> _plans = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    /// <summary>The sender's side: the frame without the steps that the other end has, or as it is, and then the other end has them.</summary>
    public AssignFrame Shorten(AssignFrame frame)
    {
        if (frame.PlanDigest is not { } digest || frame.RunbookSteps.IsDefaultOrEmpty) return frame;
        // The very same steps: a plan that was read from the store again is simply sent again.
        if (_plans.TryGetValue(digest, out var sent) && sent == frame.RunbookSteps) return frame with { RunbookSteps = [] };
        Keep(digest, frame.RunbookSteps);
        return frame;
    }

    /// <summary>The receiver's side: the frame with its steps. Left as it is when the plan is not known here.</summary>
    public AssignFrame Complete(AssignFrame frame)
    {
        if (frame.PlanDigest is not { } digest) return frame;
        if (frame.RunbookSteps.IsDefaultOrEmpty) return _plans.TryGetValue(digest, out var steps) ? frame with { RunbookSteps = steps } : frame;
        Keep(digest, frame.RunbookSteps);
        return frame;
    }

    /// <summary>Starts over, after the other end said that it does not know a plan: every plan is sent again.</summary>
    public void Clear()
    {
        _plans.Clear();
        _order.Clear();
    }

    private void Keep(string digest, ImmutableArray<PlannedStep> steps)
    {
        if (!_plans.ContainsKey(digest))
        {
            if (_order.Count == Kept) _plans.Remove(_order.Dequeue());
            _order.Enqueue(digest);
        }

        _plans[digest] = steps;
    }
}
