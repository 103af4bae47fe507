using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Contract.Tests.DeadLetters;

/// <summary>What replay jobs expect of a store.</summary>
[Trait("Spec", "DQ6")]
public abstract class LetterSelectionContract
{
    private static readonly LetterSelection _all = new(new LetterFilter(), At(1_000));

    protected abstract IDeadLetterStore Store { get; }

    [Fact]
    public async Task A_selection_holds_what_waits_to_be_replayed_and_was_there_at_its_moment()
    {
        foreach (var status in Enum.GetValues<LetterStatus>()) await PutAsync(Letter((int)status + 1) with { Status = status });
        await PutAsync(Letter(1_000) with { CreatedAt = At(1_000).AddTicks(9) });
        await PutAsync(Letter(1_001) with { CreatedAt = At(1_000.001) });
        Assert.Equal([1, 4, 5, 1_000], await SelectAsync(_all));
        Assert.Equal(4, (await Store.TallyAsync(_all, 10)).ByTarget.Sum(target => target.Count));
    }

    [Fact]
    public async Task A_selection_obeys_its_filter()
    {
        await PutAsync(Letter(1));
        await PutAsync(Letter(2) with { ErrorType = ErrorType.Timeout, Status = LetterStatus.Failed });
        await PutAsync(Letter(3) with { Metadata = new LetterMetadata { Source = "app", Target = "billing", Tags = ["vip"] } });
        Assert.Equal([2], await SelectAsync(_all with { Filter = new LetterFilter { ErrorType = ErrorType.Timeout } }));
        Assert.Equal([2], await SelectAsync(_all with { Filter = new LetterFilter { Status = LetterStatus.Failed } }));
        Assert.Equal([3], await SelectAsync(_all with { Filter = new LetterFilter { Source = "app", Tag = "vip", Target = "billing", Text = "refused" } }));
        Assert.Equal([2, 3], await SelectAsync(_all with { Filter = new LetterFilter { From = At(2) } }));
        Assert.Equal([1], await SelectAsync(_all with { Filter = new LetterFilter { To = At(2) } }));
        Assert.Empty(await SelectAsync(_all with { Filter = new LetterFilter { Target = "mail" } }));
    }

    [Fact]
    public async Task The_letters_of_a_downstream_come_oldest_first_and_go_on_behind_a_place_whatever_changes_meanwhile()
    {
        // Several of the same millisecond, put in no order.
        foreach (var number in new[] { 7, 3, 5, 1, 6, 2, 4 }) await PutAsync(Letter(number) with { CreatedAt = At(number / 3) });
        await PutAsync(Letter(9) with { Metadata = new LetterMetadata { Target = "mail" } });
        var first = await Store.SelectAsync(_all, "billing", null, 3);
        Assert.Equal([Id(1), Id(2), Id(3)], first.Select(place => place.MessageId));
        Assert.Equal([At(0), At(0), At(1)], first.Select(place => place.CreatedAt));

        // The place itself and one behind it are no longer selected.
        await Store.PutAsync(0, Letter(3) with { CreatedAt = At(1), Status = LetterStatus.Processing }, 1);
        await Store.PutAsync(0, Letter(4) with { CreatedAt = At(1), Status = LetterStatus.Resolved }, 1);
        Assert.Equal([5, 6, 7], await SelectAsync(_all, first[^1]));
        Assert.Empty(await SelectAsync(_all, new LetterPlace(At(2), Id(7))));
    }

    [Fact]
    public async Task A_tally_counts_by_downstream_and_by_error_type()
    {
        for (var number = 1; number <= 6; number++)
        {
            await PutAsync(Letter(number) with
            {
                ErrorType = number > 4 ? ErrorType.Client : ErrorType.Server,
                Metadata = new LetterMetadata { Target = number % 3 == 0 ? "a" : "b" },
            });
        }

        var tally = await Store.TallyAsync(_all, 10);
        Assert.Equal([new NamedCount("a", 2), new NamedCount("b", 4)], tally.ByTarget);
        Assert.Equal([new NamedCount("SERVER_ERROR", 4), new NamedCount("CLIENT_ERROR", 2)], tally.ByErrorType);
        Assert.Equal([new NamedCount("a", 2)], (await Store.TallyAsync(_all, 1)).ByTarget);
        Assert.Empty((await Store.TallyAsync(_all with { At = At(0) }, 1)).ByTarget);
    }

    private async Task<IEnumerable<int>> SelectAsync(LetterSelection selection, LetterPlace? after = null) =>
        (await Store.SelectAsync(selection, "billing", after, 100)).Select(place => Convert.ToInt32(place.MessageId.Value[..8], 16));

    private async Task PutAsync(Letter letter) => Assert.Equal(1, await Store.PutAsync(0, letter, 0));
}
