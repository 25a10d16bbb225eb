using Cavra.Actors.Dispatch;
using Cavra.Actors.Queries;

namespace Cavra.Actors.Sessions;

internal sealed partial class ExecutionSession
{
    public async Task<WhyView?> Why()
    {
        if (!await Refresh() && _session is null) throw new StoreUnavailableException();
        if (_session is not { } session) return null;
        DispatchExplanation? explanation = null;
        if (session.Placement.Kind == PlacementKind.Seeking)
            await Attempt(async () => explanation = await GrainFactory.GetGrain<IDispatch>(SessionFrames.DispatchKey(session)).Explain(SessionFrames.Request(session)));
        return new()
        {
            TenantId = session.Tenant,
            State = session.State,
            WaitingFor = Waiting.For(session, time.GetUtcNow()),
            QueuePosition = explanation?.QueuePosition,
            NextTryAt = Waiting.NextTryAt(session),
            Workers = explanation?.Workers ?? [],
            Approvals = session.OpenApproval is { } open ? [open.Id] : [],
        };
    }
}
