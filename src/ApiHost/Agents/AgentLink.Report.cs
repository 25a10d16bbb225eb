using System.Collections.Immutable;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.ApiHost.Agents;

internal sealed partial class AgentLink
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryBound = TimeSpan.FromSeconds(60);

    // An outage is waited out, for what is not acknowledged only comes again after a reconnect; default when it lasts too long.
    private async Task<ImmutableArray<FrameReceipt>> Report(SessionId session, ImmutableArray<SessionFrame> batch)
    {
        var grain = _grains.GetGrain<IExecutionSession>(session.Value);
        var started = _time.GetTimestamp();
        for (var pause = FirstRetry; ; pause = pause * 2 < LastRetry ? pause * 2 : LastRetry)
        {
            try
            {
                var receipts = await grain.Report(Worker, batch);
                if (!receipts.Any(r => r.Code is "unavailable" or "overloaded")) return receipts;
            }
            catch (Exception e) when (Outage.Is(e))
            {
                Retrying(Worker.Value, session.Value, e.Message);
            }

            if (_time.GetElapsedTime(started) > RetryBound)
            {
                await Close("unavailable");
                return default;
            }

            await Task.Delay(pause, _time, Closed);
        }
    }
}
