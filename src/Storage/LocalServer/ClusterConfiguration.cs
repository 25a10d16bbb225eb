using System.Text;
using Cavra.Actors.Storage.LocalServer.Triage;

namespace Cavra.Actors.Storage.LocalServer;

/// <summary>The configuration files of a private cluster, written anew at every start.</summary>
internal static class ClusterConfiguration
{
    /// <summary>The bootstrap superuser of a private cluster, who owns the schema.</summary>
    internal const string OwnerRole = "cavra_owner";

    internal static void Write(ClusterLayout layout, PrivateClusterOptions options, ServerIdentity identity)
    {
        Put(layout, "cavra.conf", Settings(layout, options));
        Put(layout, "pg_hba.conf", Access());
        Put(layout, "pg_ident.conf", Identities(identity));
        var main = Path.Combine(layout.DataDirectory, "postgresql.conf");
        const string include = "include 'cavra.conf'";
        if (!File.ReadLines(main).Contains(include)) File.AppendAllText(main, "\n" + include + "\n");
    }

    internal static string Settings(ClusterLayout layout, PrivateClusterOptions options)
    {
        var memoryMiB = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20;
        var text = new StringBuilder("# Written by Cavra Actors at every start; changes are lost.\n");
        void Set(string name, object value) => text.Append(name).Append(" = '").Append(value).Append("'\n");

        Set("listen_addresses", "");
        Set("unix_socket_directories", layout.SocketDirectory);
        Set("unix_socket_permissions", "0700");
        Set("port", ClusterLayout.Port);
        Set("max_connections", Math.Clamp(options.MaxConnections, 20, 1000));
        Set("shared_buffers", memoryMiB >= 4096 ? "256MB" : "64MB");
        Set("huge_pages", "off");
        Set("work_mem", "8MB");
        Set("jit", "off");
        Set("timezone", "UTC");
        Set("log_timezone", "UTC");

        // An answered append is on disk. The store batches commits itself, so the server need not wait for company.
        Set("fsync", options.Durable ? "on" : "off");
        Set("full_page_writes", options.Durable ? "on" : "off");
        Set("synchronous_commit", "on");
        Set("commit_delay", 0);
        Set("wal_compression", "off");
        Set("wal_buffers", "16MB");
        Set("max_wal_size", "2GB");
        Set("min_wal_size", options.Durable ? "256MB" : "64MB");
        Set("checkpoint_timeout", "15min");
        Set("checkpoint_completion_target", 0.9);
        Set("max_wal_senders", 2);

        // Sessions and steps are updated all the time, events never: look often, finish fast.
        Set("autovacuum_max_workers", 2);
        Set("autovacuum_naptime", "30s");
        Set("autovacuum_vacuum_scale_factor", 0.05);
        Set("autovacuum_vacuum_insert_scale_factor", 0.2);

        Set("logging_collector", "off");
        Set("log_destination", "stderr");
        Set("log_line_prefix", "%m [%p] %q%u@%d ");
        Set("log_checkpoints", "off");
        Set("log_min_messages", "warning");
        // Parameters may carry what a step printed; they never reach the log.
        Set("log_parameter_max_length", 0);
        Set("log_parameter_max_length_on_error", 0);
        return text.ToString();
    }

    // The socket's folder is closed to other users already; peer asks the kernel as well, and leaves no password on disk.
    private static string Access() => $"""
        # Written by Cavra Actors at every start; changes are lost.
        local all {OwnerRole},cavra_app,cavra_writer peer map=cavra
        local {TriageDoor.Database} {TriageDoor.Role} peer map=cavra
        local all all scram-sha-256

        """;

    private static string Identities(ServerIdentity identity)
    {
        var text = new StringBuilder("# Written by Cavra Actors at every start; changes are lost.\n");
        foreach (var user in new[] { Environment.UserName, identity.UserName }.Distinct())
        {
            foreach (var role in new[] { OwnerRole, "cavra_app", "cavra_writer", TriageDoor.Role })
                text.Append("cavra \"").Append(user).Append("\" ").Append(role).Append('\n');
        }
        return text.ToString();
    }

    // Files that initdb made keep their owner; a new one must be readable for the server's user and lies in a closed folder.
    private static void Put(ClusterLayout layout, string name, string content)
    {
        var path = Path.Combine(layout.DataDirectory, name);
        File.WriteAllText(path, content);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
    }
}
