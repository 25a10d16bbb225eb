namespace Cavra.Actors.Cli.Up;

/// <summary>Where the programs lie that <c>up</c> starts: beside this one, in the build's output or in a published folder.</summary>
internal sealed record Programs(string ApiHost, string WorkerAgent, string? Runbooks)
{
    internal static Programs Find(CliContext context)
    {
        // artifacts/RUNTIME/bin/Cli/CONFIGURATION/ -> artifacts/RUNTIME/bin/PROJECT/CONFIGURATION/
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var bin = own.Parent?.Parent?.FullName ?? own.FullName;
        return new Programs(
            Program(own, bin, "ApiHost"),
            Program(own, bin, "WorkerAgent"),
            Samples(context.Variable("CAVRA_HOME")));
    }

    private static string? Samples(string? home)
    {
        var folder = home is null ? null : Path.Combine(home, "runbooks");
        return Directory.Exists(folder) ? folder : null;
    }

    private static string Program(DirectoryInfo own, string bin, string project)
    {
        var name = $"Cavra.Actors.{project}.dll";
        string[] places = [Path.Combine(bin, project, own.Name, name), Path.Combine(own.FullName, name)];
        return places.FirstOrDefault(File.Exists)
            ?? throw new CliFailureException($"{name} is not built; start with ./cavra up, which builds it. Looked in: {string.Join(", ", places)}");
    }
}
