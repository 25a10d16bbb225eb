using Cavra.Actors.WorkerAgent.Hosting;

return await WorkerProcess.Run(args);
