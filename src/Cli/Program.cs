using Cavra.Actors.Cli;

return await CommandLine.RunAsync(args, CliContext.OfThisProcess());
