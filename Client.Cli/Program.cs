using DlqCluster.Cli;
using DlqCluster.Cli.Running;

return (int)await Tool.RunAsync(args, Surroundings.OfProcess());
