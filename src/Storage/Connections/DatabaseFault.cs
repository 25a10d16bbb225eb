using System.Net.Sockets;
using Npgsql;

namespace Cavra.Actors.Storage.Connections;

/// <summary>What a failed round trip means for the one who sent it.</summary>
internal enum DatabaseFault
{
    /// <summary>The server said no to these rows: the same again fails again.</summary>
    Rejected,

    /// <summary>Two transactions met; the same again will do.</summary>
    Collision,

    /// <summary>The server cannot be reached, or cannot write now. What was sent may or may not have been kept.</summary>
    Unavailable,
}

internal static class DatabaseFaults
{
    internal static bool IsDatabase(Exception error)
        => error is NpgsqlException or SocketException or IOException or TimeoutException or OperationCanceledException;

    internal static DatabaseFault Of(Exception error)
        => error is PostgresException e ? Of(e.SqlState) : DatabaseFault.Unavailable;

    internal static DatabaseFault Of(string sqlState) => sqlState switch
    {
        PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable => DatabaseFault.Collision,
        // Lost races for a unique key that the fence does not cover: seen and answered properly the next time.
        PostgresErrorCodes.UniqueViolation => DatabaseFault.Collision,
        PostgresErrorCodes.ReadOnlySqlTransaction => DatabaseFault.Unavailable,
        // 08 connection, 53 resources (disk full), 57 operator intervention (shutdown, timeout), 58 system, XX corruption, 28 login, 3D database gone.
        _ => sqlState[..2] is "08" or "53" or "57" or "58" or "XX" or "28" or "3D" ? DatabaseFault.Unavailable : DatabaseFault.Rejected,
    };
}
