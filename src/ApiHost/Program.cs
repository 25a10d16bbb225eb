using Cavra.Actors.ApiHost.Hosting;

ApiSettings? settings = null;
try
{
    var configuration = HostBuilding.Configure(args, more: null);
    settings = ApiSettings.Read(configuration, Environment.CurrentDirectory);
    await using var host = await RunningApi.Start(settings, configuration);
    await host.Ended();
    return 0;
}
catch (Exception e) when (StartProblem.Explain(e, settings) is { } explanation)
{
    await Console.Error.WriteLineAsync("cavra api: error: " + explanation);
    return 1;
}
