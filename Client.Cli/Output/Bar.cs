using Spectre.Console;

namespace DlqCluster.Cli.Output;

/// <summary>A progress bar, where somebody looks at it.</summary>
internal static class Bar
{
    /// <summary>Does something long.</summary>
    /// <param name="screen">Where to show how far it is.</param>
    /// <param name="what">What it is called.</param>
    /// <param name="total">How much there is to do; null when nobody knows.</param>
    /// <param name="act">Does it, and says how much more has been done.</param>
    public static Task RunAsync(Screen screen, string what, double? total, Func<Action<double>, Task> act)
    {
        if (!screen.IsWatched) return act(static _ => { });
        var progress = screen.Progress.Progress().AutoClear(true).HideCompleted(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn { Width = 30 }, new PercentageColumn(), new RemainingTimeColumn());
        return progress.StartAsync(async context =>
        {
            var task = context.AddTask(what, maxValue: Math.Max(1, total ?? 1));
            task.IsIndeterminate = total is null;
            await act(task.Increment);
        });
    }
}
