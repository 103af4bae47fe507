using Microsoft.Extensions.Logging;

namespace DlqCluster.Embedded;

/// <summary>The runtime's own turns: time limits, collection, reminders and shutdown.</summary>
/// <param name="runtime">The runtime.</param>
/// <param name="logger">Where failures go.</param>
internal sealed partial class SystemTurns(EmbeddedRuntime runtime, ILogger logger) : TurnQueue(runtime)
{
    /// <summary>Runs asynchronous work in these turns.</summary>
    /// <typeparam name="TResult">What it results in.</typeparam>
    /// <param name="work">The work.</param>
    internal Task<TResult> RunAsync<TResult>(Func<Task<TResult>> work)
    {
        var result = new TaskCompletionSource<TResult>();
        Post(static state => _ = ((Job<TResult>)state!).RunAsync(), new Job<TResult>(work, result));
        return result.Task;
    }

    private protected override void OnTurnFailed(Exception exception) => LogTurnFailed(exception);

    [LoggerMessage(8015, LogLevel.Error, "A turn of the runtime itself failed.")]
    private partial void LogTurnFailed(Exception exception);

    private sealed class Job<TResult>(Func<Task<TResult>> work, TaskCompletionSource<TResult> result)
    {
        public async Task RunAsync()
        {
            try
            {
                result.TrySetResult(await work());
            }
            catch (OperationCanceledException exception)
            {
                result.TrySetCanceled(exception.CancellationToken);
            }
            catch (Exception exception)
            {
                result.TrySetException(exception);
            }
        }
    }
}
