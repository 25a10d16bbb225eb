namespace Cavra.Actors.Sessions;

internal sealed partial class ExecutionSession
{
    private TaskCompletionSource? _end;

    public async Task<SessionView?> AwaitEnd(TimeSpan wait)
    {
        if (await Refresh() && _session is { Ended: false })
        {
            _end ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            try
            {
                await _end.Task.WaitAsync(wait, time);
            }
            catch (TimeoutException)
            {
                // The session goes on; its state is the answer.
            }
        }

        return await View();
    }

    private void TellEnd()
    {
        if (_session is { Ended: true }) _end?.TrySetResult();
    }
}
