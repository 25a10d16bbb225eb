namespace Cavra.Actors.Embedded;

/// <summary>What remains of a call after an await, waiting for its turn.</summary>
internal sealed class Continuation(Request request, SendOrPostCallback callback, object? state)
{
    internal readonly Request Request = request;
    private readonly SendOrPostCallback _callback = callback;
    private readonly object? _state = state;
    internal Continuation? Next;

    internal void Run() => _callback(_state);
}
