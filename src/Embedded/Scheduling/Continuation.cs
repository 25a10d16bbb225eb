namespace Cavra.Actors.Embedded;

/// <summary>What remains of a request after an await, waiting for its turn.</summary>
internal sealed class Continuation(Request request, Task task)
{
    internal Continuation? Next;

    internal void Run() => request.Continue(task);
}
