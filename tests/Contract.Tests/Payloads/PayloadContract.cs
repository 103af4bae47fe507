using DlqCluster.Payloads;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Contract.Tests.Payloads;

/// <summary>What every payload store does: IN6.</summary>
public abstract class PayloadContract
{
    protected static readonly DateTimeOffset Ever = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    protected abstract IPayloadStore Store { get; }

    /// <summary>Changes what is stored behind the store's back.</summary>
    protected abstract Task DamageAsync(string key, Func<byte[], byte[]> change);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(300_000)]
    [InlineData(1_000_000)]
    public async Task A_payload_comes_back_byte_for_byte(int length)
    {
        var (claim, content) = Payload(1, length);
        await Store.PutAsync(claim, content);
        var reading = await Store.GetAsync(claim);
        Assert.Equal(PayloadCondition.Whole, reading.Condition);
        Assert.Equal(content, reading.Content);
    }

    [Fact]
    public async Task What_was_never_stored_is_missing() =>
        Assert.Equal(new PayloadReading(PayloadCondition.Missing, null), await Store.GetAsync(Payload(1).Claim));

    [Fact]
    public async Task Storing_a_payload_again_changes_nothing()
    {
        var (claim, content) = Payload(1);
        await Store.PutAsync(claim, content);
        await Store.PutAsync(claim, content);
        Assert.Equal(content, (await Store.GetAsync(claim)).Content);
        Assert.Equal([claim.Key], await KeysAsync());
    }

    [Fact]
    public async Task Many_that_are_stored_at_once_are_all_there()
    {
        var payloads = Enumerable.Range(0, 200).Select(number => Payload(number, 2_000 + number)).ToList();
        await Task.WhenAll(payloads.Select(payload => Store.PutAsync(payload.Claim, payload.Content)));
        foreach (var (claim, content) in payloads) Assert.Equal(content, (await Store.GetAsync(claim)).Content);
    }

    [Fact]
    public async Task The_same_payload_twice_at_once_is_there_once()
    {
        var (claim, content) = Payload(1, 50_000);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Store.PutAsync(claim, content)));
        Assert.Equal(content, (await Store.GetAsync(claim)).Content);
        await Store.RemoveAsync(claim.Key);
        Assert.Equal(PayloadCondition.Missing, (await Store.GetAsync(claim)).Condition);
    }

    [Fact]
    public async Task Two_payloads_of_one_message_are_apart()
    {
        var first = Payload(1, generation: 0);
        var second = Payload(1, generation: 1);
        await Store.PutAsync(first.Claim, first.Content);
        await Store.PutAsync(second.Claim, second.Content);
        await Store.RemoveAsync(first.Claim.Key);
        Assert.Equal(PayloadCondition.Missing, (await Store.GetAsync(first.Claim)).Condition);
        Assert.Equal(second.Content, (await Store.GetAsync(second.Claim)).Content);
    }

    [Fact]
    public async Task Removing_what_is_not_there_is_no_error()
    {
        var (claim, content) = Payload(1);
        await Store.RemoveAsync(claim.Key);
        await Store.PutAsync(claim, content);
        await Store.RemoveAsync(claim.Key);
        await Store.RemoveAsync(claim.Key);
        Assert.Empty(await KeysAsync());
    }

    [Fact]
    public async Task A_payload_that_was_torn_or_altered_is_damaged_and_never_taken_for_whole()
    {
        var (claim, content) = Payload(1, 10_000);
        await Store.PutAsync(claim, content);
        await DamageAsync(claim.Key, static bytes => bytes[..4_096]);
        Assert.Equal(new PayloadReading(PayloadCondition.Damaged, null), await Store.GetAsync(claim));
        await Store.PutAsync(claim, content);
        Assert.Equal(content, (await Store.GetAsync(claim)).Content);
        await DamageAsync(claim.Key, static bytes => [.. bytes.Select(static (value, index) => index == 5_000 ? (byte)(value ^ 1) : value)]);
        Assert.Equal(new PayloadReading(PayloadCondition.Damaged, null), await Store.GetAsync(claim));
    }

    [Fact]
    public async Task Listing_walks_through_all_keys_page_by_page_and_each_once()
    {
        var claims = Enumerable.Range(0, 25).Select(number => Payload(number)).ToList();
        foreach (var (claim, content) in claims) await Store.PutAsync(claim, content);
        foreach (var limit in new[] { 1, 7, 25, 100 })
            Assert.Equal(claims.Select(payload => payload.Claim.Key).Order(StringComparer.Ordinal), (await KeysAsync(limit)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Listing_goes_on_when_the_key_that_it_stopped_at_is_removed()
    {
        foreach (var (claim, content) in Enumerable.Range(0, 10).Select(number => Payload(number))) await Store.PutAsync(claim, content);
        var first = await Store.ListAsync(null, Ever, 4);
        foreach (var key in first.Keys) await Store.RemoveAsync(key);
        Assert.Equal(6, (await Store.ListAsync(first.Next, Ever, 100)).Keys.Count);
    }

    [Fact]
    public async Task Only_what_was_stored_early_enough_is_listed_but_the_walk_goes_on()
    {
        foreach (var (claim, content) in Enumerable.Range(0, 10).Select(number => Payload(number))) await Store.PutAsync(claim, content);
        var page = await Store.ListAsync(null, Start.AddYears(-10), 4);
        Assert.Empty(page.Keys);
        Assert.NotNull(page.Next);
    }

    [Fact]
    public async Task A_page_takes_in_something() =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Store.ListAsync(null, Ever, 0));

    protected static (PayloadClaim Claim, byte[] Content) Payload(int number, int length = 100, int generation = 0)
    {
        var content = new byte[length];
        for (var i = 0; i < length; i++) content[i] = (byte)((i * 31) + number);
        return (PayloadClaim.Of(Id(number), generation, content), content);
    }

    private async Task<List<string>> KeysAsync(int limit = 10)
    {
        var keys = new List<string>();
        string? next = null;
        do
        {
            var page = await Store.ListAsync(next, Ever, limit);
            keys.AddRange(page.Keys);
            next = page.Next;
        }
        while (next is not null);
        return keys;
    }
}
