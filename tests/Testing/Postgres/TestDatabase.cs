namespace Cavra.Actors.Testing.Postgres;

/// <summary>A fresh database on the shared server, with all migrations applied (from a template, so it is quick); dropped on dispose.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly SharedPostgres _server;

    private TestDatabase(SharedPostgres server, string name)
    {
        _server = server;
        Name = name;
    }

    /// <summary>The database's name.</summary>
    public string Name { get; }

    /// <summary>Connection string of the schema's owner, a superuser; what <c>CAVRA_DATABASE</c> would be.</summary>
    public string OwnerConnectionString => _server.ConnectionString("cavra_owner", Name);

    /// <summary>Connection string for one of the roles <c>cavra_owner</c>, <c>cavra_writer</c>, <c>cavra_app</c>.</summary>
    public string ConnectionStringFor(string role) => _server.ConnectionString(role, Name);

    /// <summary>Makes a database, with the schema unless <paramref name="migrated"/> is false.</summary>
    public static async Task<TestDatabase> CreateAsync(bool migrated = true)
    {
        var server = await SharedPostgres.GetAsync();
        var name = "t_" + Guid.NewGuid().ToString("N")[..16];
        await server.CreateDatabaseAsync(name, migrated);
        return new(server, name);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _server.DropDatabaseAsync(Name);
}
