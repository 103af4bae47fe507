using DlqCluster.Simulation.Running;

return ByHand.Claims(args) ? ByHand.Run(args) : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
