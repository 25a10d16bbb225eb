using Cavra.Actors.Cli.Connection;
using Cavra.Actors.Cli.Terminal;

namespace Cavra.Actors.Cli.Runs.Watching;

/// <summary>
/// Follows a run to its end over the event socket. A connection that breaks is made again from the last event seen, so nothing is shown twice
/// and nothing is left out.
/// </summary>
internal sealed class RunWatcher(ApiCall call, WatchedRun run, WatchView view, bool leaveWhenPaused)
{
    // 0.5 s, 1 s, 2 s, 5 s, 5 s, ...: about five minutes without a connection, then the person is told.
    private const int MaxTries = 60;
    private static readonly TimeSpan[] Waits = [TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5)];
    private int _tries;

    internal async Task FollowAsync()
    {
        while (true)
        {
            var before = run.LastEvent;
            var end = await ConnectionAsync();
            if (end is null) return;
            var moved = run.LastEvent > before;
            if (moved) _tries = 0;
            await AfterAsync(end.Value.Code, end.Value.Text, moved);
            if (await RefreshAsync() && (run.HasEnded || IsLeft())) return;
        }
    }

    // Null when there is nothing more to see.
    private async Task<(int Code, string Text)?> ConnectionAsync()
    {
        using var socket = new EventSocket(call.Api.Target, run.Id, run.LastEvent);
        await foreach (var envelope in socket.ReadAsync(call.Stop))
        {
            if (envelope.Text("event") == "stream.gap") break;
            // A hole means that an event was lost on the way: ask for it again, show nothing after it yet.
            if (envelope.Number("event_id") > run.LastEvent + 1) break;
            if (!run.Apply(envelope)) continue;
            view.Show(envelope);
            // Final events are the session's last, but for what the stored state adds.
            if (run.HasEnded)
            {
                await RefreshAsync();
                return null;
            }
            // A pause of the past, with events after it, is only part of the story.
            if (IsLeft() && await RefreshAsync() && IsLeft()) return null;
        }
        return (socket.End, socket.EndText);
    }

    private bool IsLeft() => leaveWhenPaused && run.State == "paused";

    private async Task AfterAsync(int code, string text, bool moved)
    {
        switch (code)
        {
            case 4401 or 401:
                throw new CliFailureException("unauthorized: the token is not or no longer good. The run goes on; watch it again with a fresh token.");
            case 4404 or 404:
                throw new CliFailureException($"not_found: there is no run {run.Id} for the tenant of your token.");
            case 4400 or 400 or 403:
                throw new CliFailureException($"the server refused the event stream ({code} {text}).");
        }
        // Slow reader, gap, server going down in order: come back at once, but never in circles.
        if (moved) return;
        if (++_tries > MaxTries)
            throw new CliFailureException($"no connection to {call.Api.Target.Api} for several minutes. The run goes on; look again with: cavra run watch {run.Id}");
        if (_tries == 1) view.Remark("connection lost; connecting again (the run goes on)");
        await call.Context.Delay(Waits[Math.Min(_tries, Waits.Length) - 1], call.Stop);
    }

    // The stored session, when the API can be reached: it decides whether there is more to wait for.
    private async Task<bool> RefreshAsync()
    {
        try
        {
            var session = await call.Api.GetAsync(RunCommands.Path(run.Id), call.Stop);
            var newest = session.Number("last_event_seq") ?? 0;
            // While events are still to come, they tell the story in order; an answer older than what was seen tells nothing.
            if (newest != run.LastEvent) return false;
            run.Load(session);
            return true;
        }
        catch (CliFailureException)
        {
            return false;
        }
    }
}
