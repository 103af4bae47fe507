using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Storage;

namespace DlqCluster.Grains.Tests.Engine.Payloads;

/// <summary>Large payloads are kept in the payload store: IN6.</summary>
public sealed class ClaimCheckTests
{
    private const string Large = """{"text":"0123456789012345678901234567890123456789"}""";

    private const string Other = """{"text":"abcdefghijabcdefghijabcdefghijabcdefghij"}""";

    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_large_payload_is_stored_once_delivered_whole_and_removed()
    {
        using var world = NewWorld();
        world.Sender.Answer = async (_, _) =>
        {
            Assert.Single(world.Payloads.Keys);
            await world.Time.AdvanceAsync(_second);
            return AttemptResult.Delivered();
        };
        world.Run(async () =>
        {
            var id = await world.SubmitAsync(World.Simple(Large));
            var record = await StoredAsync(world, id);
            Assert.True(record.Envelope.Payload.IsEmpty);
            Assert.Equal(Large.Length, record.Envelope.Claim!.Length);
            await world.UntilAsync(id, MessageState.Delivered);
            Assert.Equal(Large, Assert.Single(world.Sender.Sent).Envelope.Payload.ToString());
            await EmptyAsync(world);
        });
    }

    [Fact]
    public void A_payload_at_the_limit_stays_with_its_message()
    {
        using var world = NewWorld();
        world.Run(async () =>
        {
            var id = await world.SubmitAsync(World.Simple("\"01234567\"") with { DeliverAt = world.Now.AddHours(1) });
            Assert.Empty(world.Payloads.Keys);
            Assert.Null((await StoredAsync(world, id)).Envelope.Claim);
        });
    }

    [Fact]
    public void Every_attempt_gets_the_payload_and_none_keeps_it()
    {
        using var world = NewWorld();
        world.Sender.AnswerInTurn(ErrorType.Server, ErrorType.Timeout, null);
        world.Run(async () =>
        {
            var id = await world.SubmitAsync(World.Simple(Large));
            await world.UntilAsync(id, MessageState.Delivered);
            Assert.Equal([Large, Large, Large], world.Sender.Sent.Select(sent => sent.Envelope.Payload.ToString()));
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_is_accepted_without_its_payload_and_a_repeat_is(bool wasStored)
    {
        using var world = NewWorld();
        world.Run(async () =>
        {
            var id = world.NewId();
            SetFault(world, "payload.put", wasStored);
            await Assert.ThrowsAsync<StorageUnavailableException>(() => SubmitAsync(world, id, Large));
            Assert.Null(await world.StateAsync(id));
            Heal(world);
            Assert.Equal(SubmitOutcome.Accepted, (await SubmitAsync(world, id, Large)).Outcome);
            await world.UntilAsync(id, MessageState.Delivered);
            Assert.Equal(Large, Assert.Single(world.Sender.Sent).Envelope.Payload.ToString());
            await EmptyAsync(world);
        });
    }

    [Fact]
    public void A_payload_of_a_submit_that_came_to_nothing_is_swept_and_another_under_its_key_is_not()
    {
        using var world = NewWorld(("Payloads:OrphanAge", "00:01:00"));
        world.Run(async () =>
        {
            var id = world.NewId();
            world.States.Before = operation => operation.Contains("write", StringComparison.OrdinalIgnoreCase) ? throw new StorageUnavailableException("down") : Task.CompletedTask;
            await Assert.ThrowsAnyAsync<Exception>(() => SubmitAsync(world, id, Large));
            world.States.Before = null;
            var orphan = Assert.Single(world.Payloads.Keys);
            await world.Message(id).Submit(new SubmitMessage(World.Simple(Other) with { DeliverAt = world.Now.AddHours(1) }, "other"));
            Assert.Equal(2, world.Payloads.Keys.Count);
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(3));
            Assert.DoesNotContain(orphan, world.Payloads.Keys);
            await world.UntilAsync(id, MessageState.Delivered, TimeSpan.FromHours(2));
            Assert.Equal(Other, Assert.Single(world.Sender.Sent).Envelope.Payload.ToString());
        });
    }

    [Fact]
    public void A_payload_that_could_not_be_removed_is_swept_later()
    {
        using var world = NewWorld(("Payloads:OrphanAge", "00:01:00"));
        world.Run(async () =>
        {
            SetFault(world, "payload.remove", wasDone: false);
            var id = await world.SubmitAsync(World.Simple(Large));
            await world.UntilAsync(id, MessageState.Delivered);
            await world.Time.AdvanceAsync(_second);
            Assert.Single(world.Payloads.Keys);
            Heal(world);
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(3));
            Assert.Empty(world.Payloads.Keys);
        });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_500)]
    public void A_crash_loses_no_payload(int afterMs)
    {
        using var world = NewWorld();
        world.Sender.AnswerInTurn(ErrorType.Server, ErrorType.Server, null);
        world.Time.Run(async () =>
        {
            await world.StartAsync();
            var id = await world.SubmitAsync(World.Simple(Large));
            await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(afterMs));
            await world.CrashAndRestartAsync();
            await world.UntilAsync(id, MessageState.Delivered);
            Assert.Equal(Large, world.Sender.Sent[^1].Envelope.Payload.ToString());
            await EmptyAsync(world);
        });
    }

    [Fact]
    public void A_letter_has_its_payload_itself_and_a_replay_stores_it_anew()
    {
        using var world = NewWorld();
        world.Sender.AnswerWith(ErrorType.Validation);
        world.Run(async () =>
        {
            var id = await world.SubmitAsync(World.Simple(Large));
            var letter = await world.UntilAsync(id, LetterStatus.Manual);
            Assert.Equal(Large, letter.OriginalMessage.Payload.ToString());
            Assert.Null(letter.OriginalMessage.Claim);
            await EmptyAsync(world);

            world.Sender.AnswerInTurn(ErrorType.Server, null);
            var edited = Large.Replace("text", "edit", StringComparison.Ordinal);
            await world.Partition.Replay(new ReplayLetter(id, "ann", Payload.Parse(edited), null));
            await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(100));
            Assert.StartsWith($"{id}.1.", Assert.Single(world.Payloads.Keys), StringComparison.Ordinal);
            await world.UntilAsync(id, LetterStatus.Resolved);
            Assert.Equal([Large, edited, edited], world.Sender.Sent.Select(sent => sent.Envelope.Payload.ToString()));
            await EmptyAsync(world);
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_message_whose_payload_is_lost_is_dead_lettered_and_says_so(bool isDamaged)
    {
        using var world = NewWorld();
        world.Run(async () =>
        {
            var id = await world.SubmitAsync(World.Simple(Large) with { DeliverAt = world.Now.AddMinutes(1) });
            var key = Assert.Single(world.Payloads.Keys);
            if (isDamaged) world.Payloads.Damage(key, static bytes => bytes[..10]);
            else await world.Payloads.RemoveAsync(key);
            var letter = await world.UntilAsync(id, LetterStatus.Manual);
            Assert.Contains(isDamaged ? "is damaged" : "is not in the payload store", letter.ErrorReason, StringComparison.Ordinal);
            Assert.Empty(world.Sender.Sent);
        });
    }

    [Fact]
    public void A_store_that_is_away_costs_no_attempt()
    {
        using var world = NewWorld(("Delivery:WatchdogMs", "2000"));
        world.Run(async () =>
        {
            SetFault(world, "payload.get", wasDone: false);
            var id = await world.SubmitAsync(World.Simple(Large));
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(20));
            Assert.Empty(world.Sender.Sent);
            Heal(world);
            await world.UntilAsync(id, MessageState.Delivered);
            Assert.Equal(1, Assert.Single(world.Sender.Sent).Attempt);
        });
    }

    [Fact]
    public void Who_is_cancelled_while_its_payload_is_read_is_not_sent()
    {
        using var world = NewWorld();
        var read = new TaskCompletionSource();
        world.Payloads.Before = operation => operation == "payload.get" ? read.Task : Task.CompletedTask;
        world.Run(async () =>
        {
            var id = await world.SubmitAsync(World.Simple(Large));
            await world.Time.AdvanceAsync(_second);
            Assert.Equal(CancelOutcome.Cancelled, (await world.Message(id).Cancel()).Outcome);
            read.SetResult();
            await EmptyAsync(world);
            Assert.Empty(world.Sender.Sent);
        });
    }

    [Fact]
    public void A_cancel_that_is_not_stored_leaves_the_payload_where_it_is()
    {
        using var world = NewWorld();
        world.Run(async () =>
        {
            var id = await world.SubmitAsync(World.Simple(Large) with { DeliverAt = world.Now.AddMinutes(1) });
            var isFailing = true;
            world.States.Before = async operation =>
            {
                if (!isFailing || operation != "state.write") return;
                await world.Time.AdvanceAsync(_second);
                throw new StorageUnavailableException("down");
            };
            var cancel = world.Message(id).Cancel();
            await world.Time.AdvanceAsync(_second / 2);
            await world.Message(id).Submit(new SubmitMessage(World.Simple(Large) with { DeliverAt = world.Now.AddMinutes(1) }, "hash"));
            await Assert.ThrowsAsync<StorageUnavailableException>(() => cancel);
            isFailing = false;
            Assert.Single(world.Payloads.Keys);
            await world.UntilAsync(id, MessageState.Delivered);
            Assert.Equal(Large, Assert.Single(world.Sender.Sent).Envelope.Payload.ToString());
        });
    }

    [Fact]
    public void A_message_of_an_ordering_key_has_its_payload_too()
    {
        using var world = NewWorld();
        world.Run(async () =>
        {
            var ids = new List<MessageId>();
            for (var i = 0; i < 5; i++) ids.Add(await world.SubmitAsync(World.Simple(Large) with { OrderingKey = "k" }));
            foreach (var id in ids) await world.UntilAsync(id, MessageState.Delivered);
            Assert.Equal(ids, world.Sender.Sent.Select(sent => sent.Id));
            Assert.All(world.Sender.Sent, sent => Assert.Equal(Large, sent.Envelope.Payload.ToString()));
            await EmptyAsync(world);
        });
    }

    [Fact]
    public void Payloads_that_are_needed_outlive_every_sweep()
    {
        using var world = NewWorld(("Payloads:OrphanAge", "00:01:00"), ("Payloads:SweepBatch", "3"), ("Payloads:SweepIntervalMs", "10000"));
        world.Run(async () =>
        {
            for (var i = 0; i < 20; i++) await world.SubmitAsync(World.Simple(Large) with { DeliverAt = world.Now.AddHours(2) });
            await world.Time.AdvanceAsync(TimeSpan.FromHours(1));
            Assert.Equal(20, world.Payloads.Keys.Count);
        });
    }

    private static World NewWorld(params (string Name, string Value)[] settings) => new([("Payloads:InlineLimit", "10"), .. settings]);

    private static Task<SubmitResult> SubmitAsync(World world, MessageId id, string payload) =>
        world.Message(id).Submit(new SubmitMessage(World.Simple(payload), "hash"));

    private static void SetFault(World world, string operation, bool wasDone)
    {
        Func<string, Task> fail = met => met == operation ? throw new StorageUnavailableException("The store is away.") : Task.CompletedTask;
        if (wasDone) world.Payloads.After = fail;
        else world.Payloads.Before = fail;
    }

    private static void Heal(World world) => (world.Payloads.Before, world.Payloads.After) = (null, null);

    private static async Task EmptyAsync(World world)
    {
        for (var i = 0; world.Payloads.Keys.Count > 0 && i < 600; i++) await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(100));
        Assert.Empty(world.Payloads.Keys);
    }

    private static async Task<MessageRecord> StoredAsync(World world, MessageId id)
    {
        var state = new GrainState<MessageRecord>();
        await world.States.ReadStateAsync("message", world.Message(id).GetGrainId(), state);
        return state.State!;
    }
}
