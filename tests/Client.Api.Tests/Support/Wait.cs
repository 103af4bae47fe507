using System.Diagnostics;

namespace DlqCluster.Api.Tests.Support;

/// <summary>Waits for conditions, never for time alone.</summary>
internal static class Wait
{
    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(10);

    public static readonly TimeSpan Usual = TimeSpan.FromSeconds(20);

    /// <summary>Asks until the answer is right, and returns it.</summary>
    public static async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> isRight, string what, TimeSpan? within = null)
    {
        var since = Stopwatch.StartNew();
        while (true)
        {
            var answer = await ask();
            if (isRight(answer)) return answer;
            if (since.Elapsed > (within ?? Usual)) throw new TimeoutException($"Not within {(within ?? Usual).TotalSeconds:0.#} s: {what}. The last answer was: {answer}");
            await Task.Delay(_poll);
        }
    }

    /// <summary>Asks until the answer is yes.</summary>
    public static Task UntilAsync(Func<bool> ask, string what, TimeSpan? within = null) =>
        UntilAsync(() => Task.FromResult(ask()), yes => yes, what, within);
}
