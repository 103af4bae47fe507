using DlqCluster.Hosting;

namespace DlqCluster.Grains.Tests.Hosting;

/// <summary>A call that failed for want of a silo is tried again, and answered with 503; one that is wrong is neither.</summary>
public sealed class SiloFaultsTests
{
    public static TheoryData<Exception, bool> Faults => new()
    {
        { new SiloUnavailableException("gone"), true },
        { new ArgumentException("Could not find an implementation for interface dlq.IMessageGrain"), true },
        { new ArgumentException("The key is empty."), false },
        { new InvalidOperationException("Could not find an implementation for interface dlq.IMessageGrain"), false },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void They_are_told_from_others(Exception fault, bool expected) => Assert.Equal(expected, SiloFaults.Is(fault));

    [Fact]
    public async Task A_start_tries_again_while_no_silo_is_known_and_not_when_its_call_is_wrong()
    {
        var calls = 0;
        await StartupCalls.MakeAsync(
            () => ++calls < 3 ? Task.FromException(new ArgumentException("Could not find an implementation for interface dlq.IAccessKeysGrain")) : Task.CompletedTask,
            new NoWait(),
            CancellationToken.None);
        Assert.Equal(3, calls);
        await Assert.ThrowsAsync<ArgumentException>(() => StartupCalls.MakeAsync(
            () => Task.FromException(new ArgumentException("The key is empty.")), new NoWait(), CancellationToken.None));
    }

    /// <summary>Every wait is over at once.</summary>
    private sealed class NoWait : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
