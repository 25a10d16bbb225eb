using Cavra.Actors.Cli.Connection;
using Cavra.Actors.Cli.Runbooks;
using Cavra.Actors.Cli.Terminal;
using Cavra.Actors.Installation;

namespace Cavra.Actors.Cli.Up;

/// <summary>Loads the sample runbooks and says what there is and what to try.</summary>
internal static class Greeting
{
    // The one place of a sample that differs from installation to installation; the sample says so where it stands.
    private const string SampleTriage = "/var/lib/cavra-actors/triage";

    internal static async Task PrintAsync(CliContext context, LocalInstallation installation, DevFile dev, CancellationToken stop)
    {
        var loaded = await LoadAsync(context, installation, dev, stop);
        var cavra = context.Variable("CAVRA_HOME") is { } home && Path.GetFullPath(home) != Path.GetFullPath(context.CurrentDirectory) ? Path.Combine(home, "cavra") : "./cavra";
        await context.Out.WriteLineAsync($"""

            Cavra Actors is running.
              API        {dev.Api}   (OpenAPI: {dev.Api}/openapi/v1.json)
              agents     {dev.Agent}   (mTLS)
              tokens     {installation.Data.DevFile}
              logs       {dev.Logs}
              runbooks   {loaded} loaded for tenant demo

            Try, in another terminal:
              {cavra} run start rb-disk-pressure --ticket INC-1 --watch
              {cavra} run start rb-service-restart --ticket CHG-1 --profile staging-standard --watch
              {cavra} approvals
              {cavra} approve RUN --step N
            Ctrl-C stops everything.
            """);
    }

    private static async Task<int> LoadAsync(CliContext context, LocalInstallation installation, DevFile dev, CancellationToken stop)
    {
        if (installation.Runbooks is null) return 0;
        var loaded = 0;
        using var api = new ApiClient(new ApiTarget(new Uri(dev.Api), dev.Tokens["admin"]));
        foreach (var path in Directory.GetFiles(installation.Runbooks, "*.yaml").Order(StringComparer.Ordinal))
        {
            try
            {
                await RunbookFile.PutAsync(api, RunbookFile.Read(context, path).WithText(SampleTriage, installation.Data.Triage), stop);
                loaded++;
            }
            catch (CliFailureException failure)
            {
                // One bad sample is no reason not to run.
                await context.Error.WriteLineAsync($"cavra: {Path.GetFileName(path)} was not loaded: {SafeText.Block(failure.Message)}");
            }
        }
        return loaded;
    }
}
