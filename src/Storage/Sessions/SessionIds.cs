using Cavra.Actors.Identity;
using Cavra.Actors.Queries;
using Cavra.Actors.Storage.Connections;

namespace Cavra.Actors.Storage.Sessions;

/// <summary>Session numbers from blocks of the database's sequence. A restart skips the rest of its block.</summary>
internal sealed class SessionIds(DatabaseReads database) : ISessionIds, IDisposable
{
    // The sequence's increment (migration 0005).
    private const int BlockSize = 64;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private long _next;
    private long _end;

    public async ValueTask<SessionId> Next(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (_next == _end)
            {
                _next = await database.AsSystemAsync(DatabaseReads.Sql("SELECT nextval('session_ids')"), async (reader, token) =>
                {
                    await reader.ReadAsync(token);
                    return reader.GetInt64(0);
                }, cancellation);
                _end = _next + BlockSize;
            }
            return new(_next++);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();
}
