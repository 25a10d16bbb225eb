using Cavra.Actors.Identity;

namespace Cavra.Actors.Queries;

/// <summary>Hands out session numbers: unique, rising, taken from the database in blocks.</summary>
public interface ISessionIds
{
    /// <summary>The next number; completes at once while the block lasts.</summary>
    ValueTask<SessionId> Next(CancellationToken cancellation);
}
