using System.Globalization;
using DlqCluster.Embedded.Testing;
using Orleans;
using Orleans.Runtime;

namespace DlqCluster.Embedded.Tests.Reminders;

/// <summary>Wants to be reminded.</summary>
public interface IRemindedGrain : IGrainWithStringKey
{
    Task<string> Register(string name, TimeSpan due, TimeSpan period);

    Task Unregister(string name);

    Task UnregisterTwice(string name);

    Task UnregisterStale(string name, TimeSpan period);

    Task<string[]> All();

    Task SetGate(object gate);

    Task Fail(bool fail);
}

internal sealed class RemindedGrain(Trace trace, TimeProvider clock) : Grain, IRemindedGrain, IRemindable
{
    private Gate? _gate;
    private bool _fail;

    public async Task<string> Register(string name, TimeSpan due, TimeSpan period) =>
        (await this.RegisterOrUpdateReminder(name, due, period)).ReminderName;

    public async Task Unregister(string name) =>
        await this.UnregisterReminder((await this.GetReminder(name))!);

    public async Task UnregisterTwice(string name)
    {
        var reminder = (await this.GetReminder(name))!;
        await this.UnregisterReminder(reminder);
        await this.UnregisterReminder(reminder);
    }

    public async Task UnregisterStale(string name, TimeSpan period)
    {
        var stale = (await this.GetReminder(name))!;
        await this.RegisterOrUpdateReminder(name, period, period);
        await this.UnregisterReminder(stale);
    }

    public async Task<string[]> All() => [.. (await this.GetReminders()).Select(reminder => reminder.ReminderName)];

    public Task SetGate(object gate)
    {
        _gate = (Gate)gate;
        return Task.CompletedTask;
    }

    public Task Fail(bool fail)
    {
        _fail = fail;
        return Task.CompletedTask;
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        Assert.Equal(clock.GetUtcNow().UtcDateTime, status.CurrentTickTime);
        trace.Add($"{reminderName}@{clock.GetUtcNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture)}");
        if (_gate is not null) await _gate.Opened;
        if (_fail) throw new IOException("no memory");
    }
}

/// <summary>Cannot be reminded.</summary>
public interface IForgetfulGrain : IGrainWithStringKey
{
    Task Register();
}

internal sealed class ForgetfulGrain : Grain, IForgetfulGrain
{
    public Task Register() => this.RegisterOrUpdateReminder("x", TimeSpan.Zero, TimeSpan.FromHours(1));
}

public class ReminderTests
{
    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void A_reminder_is_due_after_its_wait_and_then_each_period() => TestSilo.Run(async (silo, time) =>
    {
        await silo.Grain<IRemindedGrain>("a").Register("r", 2 * _minute, 5 * _minute);
        await time.AdvanceAsync(13 * _minute);
        Assert.Equal("r@00:02:00 r@00:07:00 r@00:12:00", silo.Trace.Text);
    });

    [Fact]
    public void A_reminder_can_be_due_at_once() => TestSilo.Run(async (silo, time) =>
    {
        await silo.Grain<IRemindedGrain>("a").Register("r", TimeSpan.Zero, 5 * _minute);
        await time.AdvanceAsync(6 * _minute);
        Assert.Equal("r@00:00:00 r@00:05:00", silo.Trace.Text);
    });

    [Fact]
    public void Registering_again_changes_it_and_unregistering_ends_it() => TestSilo.Run(async (silo, time) =>
    {
        var grain = silo.Grain<IRemindedGrain>("a");
        await grain.Register("r", 2 * _minute, 5 * _minute);
        await grain.Register("s", 59 * _minute, 60 * _minute);
        await time.AdvanceAsync(_minute);
        await grain.Register("r", 10 * _minute, 20 * _minute);
        Assert.Equal(["r", "s"], await grain.All());
        await time.AdvanceAsync(31 * _minute);
        Assert.Equal("r@00:11:00 r@00:31:00", silo.Trace.Text);
        await grain.Unregister("r");
        await time.AdvanceAsync(25 * _minute);
        Assert.Equal("r@00:11:00 r@00:31:00", silo.Trace.Text);
        Assert.Equal(["s"], await grain.All());
    });

    [Fact]
    public void Unregistering_knows_a_gone_reminder_from_a_changed_one() => TestSilo.Run(async (silo, _) =>
    {
        var grain = silo.Grain<IRemindedGrain>("a");
        await grain.Register("r", _minute, _minute);
        await grain.UnregisterTwice("r");
        await grain.Register("r", _minute, _minute);
        await Assert.ThrowsAsync<ReminderException>(() => grain.UnregisterStale("r", 2 * _minute));
    });

    [Fact]
    public void A_reminder_outlives_the_silo_and_what_was_missed_is_not_made_up_for()
    {
        var table = new MemoryReminders();
        var time = new VirtualTime();
        using (var first = TestSilo.On(time, reminders: table))
        {
            time.Run(async () =>
            {
                await first.Runtime.StartAsync();
                await first.Grain<IRemindedGrain>("a").Register("r", 2 * _minute, 5 * _minute);
                await time.AdvanceAsync(3 * _minute);
                await first.Runtime.StopAsync();
            });
            Assert.Equal("r@00:02:00", first.Trace.Text);
        }

        time.Advance(61 * _minute);
        using var second = TestSilo.On(time, reminders: table);
        time.Run(async () =>
        {
            await second.Runtime.StartAsync();
            await time.AdvanceAsync(10 * _minute);
        });
        Assert.Equal("r@01:07:00 r@01:12:00", second.Trace.Text);
    }

    [Fact]
    public void A_callback_that_takes_longer_than_the_period_skips_and_does_not_pile_up() => TestSilo.Run(async (silo, time) =>
    {
        var grain = silo.Grain<IRemindedGrain>("a");
        var gate = new Gate();
        await grain.Register("r", _minute, _minute);
        await grain.SetGate(gate);
        await time.AdvanceAsync(TimeSpan.FromSeconds(80));
        Assert.Equal("r@00:01:00", silo.Trace.Text);
        gate.Open();
        await time.AdvanceAsync(2 * _minute);
        Assert.Equal("r@00:01:00 r@00:02:00 r@00:03:00", silo.Trace.Text);
    });

    [Fact]
    public void A_callback_that_fails_is_called_again() => TestSilo.Run(async (silo, time) =>
    {
        var grain = silo.Grain<IRemindedGrain>("a");
        await grain.Register("r", _minute, _minute);
        await grain.Fail(true);
        await time.AdvanceAsync(2.5 * _minute);
        Assert.Equal("r@00:01:00 r@00:02:00", silo.Trace.Text);
        Assert.Equal(2, silo.Log.Lines.Count(line => line.Contains("The reminder r of reminded/a failed", StringComparison.Ordinal)));
    });

    [Fact]
    public void Arguments_are_checked() => TestSilo.Run(async (silo, _) =>
    {
        var grain = silo.Grain<IRemindedGrain>("a");
        await Assert.ThrowsAsync<ArgumentException>(() => grain.Register("r", _minute, TimeSpan.FromSeconds(59)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => grain.Register("r", -_minute, _minute));
        await Assert.ThrowsAsync<ArgumentException>(() => grain.Register(string.Empty, _minute, _minute));
        await Assert.ThrowsAsync<InvalidOperationException>(silo.Grain<IForgetfulGrain>("f").Register);
        Assert.Equal(0, silo.Reminders.Count);
    });

    [Fact]
    public void A_table_that_cannot_be_read_is_tried_again_with_growing_waits()
    {
        var table = new MemoryReminders();
        table.UpsertRow(new ReminderEntry
        {
            GrainId = GrainId.Create("reminded", "a"),
            ReminderName = "r",
            StartAt = new DateTime(2030, 1, 1),
            Period = _minute,
        });
        table.FailingReads = 4;
        var time = new VirtualTime();
        using var silo = TestSilo.On(time, reminders: table);
        time.Run(async () =>
        {
            await silo.Runtime.StartAsync();
            await time.AdvanceAsync(TimeSpan.FromSeconds(14));
            Assert.Equal(4, table.Reads);
            await time.AdvanceAsync(TimeSpan.FromSeconds(2));
            Assert.Equal(5, table.Reads);
            await time.AdvanceAsync(_minute);
        });
        Assert.Equal("r@00:01:00", silo.Trace.Text);
        Assert.Equal(4, silo.Log.Lines.Count(line => line.Contains("could not be read", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_changes_in_the_table_is_noticed() => TestSilo.Run(async (silo, time) =>
    {
        await silo.Grain<IRemindedGrain>("a").Register("gone", 20 * _minute, 20 * _minute);
        await silo.Reminders.TestOnlyClearTable();
        await silo.Reminders.UpsertRow(new ReminderEntry
        {
            GrainId = GrainId.Create("reminded", "b"),
            ReminderName = "new",
            StartAt = new DateTime(2030, 1, 1),
            Period = 10 * _minute,
        });
        await time.AdvanceAsync(31 * _minute);
        Assert.Equal("new@00:10:00 new@00:20:00 new@00:30:00", silo.Trace.Text);
    });

    [Theory]
    [InlineData(0, 0)]
    [InlineData(59, 60)]
    [InlineData(60, 60)]
    [InlineData(61, 120)]
    [InlineData(-30, 0)]
    public void The_next_time_lies_on_the_grid(int now, int next)
    {
        var start = new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var entry = new ReminderEntry { StartAt = start, Period = _minute };
        Assert.Equal(start.AddSeconds(next), ReminderSchedule.AtOrAfter(entry, start.AddSeconds(now)));
        Assert.True(ReminderSchedule.After(entry, start.AddSeconds(now)) > start.AddSeconds(now));
    }
}
