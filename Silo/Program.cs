using DlqCluster.Silo;

return await SiloProgram.RunAsync(args);
