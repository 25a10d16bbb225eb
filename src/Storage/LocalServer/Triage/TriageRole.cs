using Npgsql;

namespace Cavra.Actors.Storage.LocalServer.Triage;

/// <summary>The role behind the door: it may look at its own sessions and end them, and that is all.</summary>
internal static class TriageRole
{
    private const string Make = $"""
        DO $$ BEGIN
          IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{TriageDoor.Role}') THEN
            CREATE ROLE {TriageDoor.Role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 20;
          END IF;
        END $$;
        ALTER ROLE {TriageDoor.Role} SET statement_timeout = '15min';
        ALTER ROLE {TriageDoor.Role} SET idle_session_timeout = '15min';
        ALTER ROLE {TriageDoor.Role} SET default_transaction_read_only = on;
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
        REVOKE TEMPORARY ON DATABASE {TriageDoor.Database} FROM PUBLIC;
        """;

    /// <summary>Makes the role unless it is there. The connection is the owner's, to the database behind the door.</summary>
    internal static async Task EnsureAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Make, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
