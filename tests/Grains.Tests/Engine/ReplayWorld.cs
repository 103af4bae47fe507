using DlqCluster.DeadLetters;
using DlqCluster.Hosting;
using DlqCluster.Messages;
using DlqCluster.Replays;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>Replay jobs in the tests' world.</summary>
internal static class ReplayWorld
{
    public static IReplayJobGrain Job(this World world, ReplayJobView job) => world.Grains.GetGrain<IReplayJobGrain>(job.JobId);

    public static async Task<ReplayJobView> JobAsync(this World world, ReplayJobView job) => (await world.Job(job).Get())!;

    extension(World world)
    {
        public IReplayIndexGrain Index => world.Grains.GetGrain<IReplayIndexGrain>(0);
    }

    /// <summary>Fills the dead-letter queue.</summary>
    public static async Task<List<MessageId>> DeadLetterAsync(this World world, int count, string target = "default", ErrorType error = ErrorType.Client)
    {
        world.Sender.AnswerWith(error);
        var ids = new List<MessageId>();
        for (var i = 0; i < count; i++)
        {
            // The simulator's ids are random within a millisecond: this keeps them in the order of their making.
            await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(1));
            ids.Add(await world.SubmitAsync(World.Simple() with { Target = target, Retry = new() { MaxRetries = 0 } }));
        }

        foreach (var id in ids) await world.UntilAsync(id, MessageState.DeadLettered);
        await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(10));
        return ids;
    }

    public static async Task<ReplayJobPlan> PlanAsync(this World world, LetterFilter? filter = null)
    {
        var options = world.Services.GetRequiredService<IOptions<ReplayOptions>>().Value;
        var tally = await world.Letters.TallyAsync(new LetterSelection(filter ?? new LetterFilter(), world.Now), 100);
        return new ReplayJobPlan
        {
            Filter = filter ?? new LetterFilter(),
            SelectedAt = world.Now,
            BatchSize = options.BatchSize,
            MaxConcurrent = options.MaxConcurrent,
            RatePerSecond = options.RatePerSecond,
            By = "ann",
            Reason = "fixed",
            ByTarget = tally.ByTarget,
            ByErrorType = tally.ByErrorType,
        };
    }

    public static async Task<ReplayJobView> StartJobAsync(this World world, Func<ReplayJobPlan, ReplayJobPlan>? change = null)
    {
        var wish = change?.Invoke(new ReplayJobPlan()) ?? new ReplayJobPlan();
        var plan = await world.PlanAsync(wish.Filter);
        var job = await world.Index.Start(change?.Invoke(plan) ?? plan);
        Assert.NotNull(job);
        return job;
    }

    /// <summary>When replays were sent.</summary>
    public static List<DateTimeOffset> Replays(this World world, DateTimeOffset since) =>
        [.. world.Sender.Sent.Where(sent => sent.At >= since).Select(sent => sent.At)];

    /// <summary>Lets time pass until a job is in a state.</summary>
    public static async Task<ReplayJobView> UntilAsync(this World world, ReplayJobView job, ReplayJobState state, TimeSpan? within = null)
    {
        var end = world.Now + (within ?? TimeSpan.FromMinutes(10));
        for (var looks = 0; ; looks++)
        {
            var view = await world.Job(job).Get();
            if (view?.State == state) return view;
            Assert.True(world.Now < end, $"The job is {view?.State}, not {state}: {view}");
            await world.Time.AdvanceAsync(World.BetweenLooks(looks));
        }
    }
}
