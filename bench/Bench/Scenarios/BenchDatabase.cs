using Npgsql;

namespace Cavra.Actors.Bench.Scenarios;

/// <summary>The installation's database, as its owner and with room for 64 writers.</summary>
internal static class BenchDatabase
{
    internal static string Owner(string database) =>
        new NpgsqlConnectionStringBuilder(database) { MaxPoolSize = 64, MaxAutoPrepare = 16, AutoPrepareMinUsages = 2, Options = null }.ConnectionString;
}
