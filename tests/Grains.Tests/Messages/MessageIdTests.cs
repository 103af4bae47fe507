using System.Text.Json;
using DlqCluster.Grains.Tests.Support;
using DlqCluster.Messages;
using FsCheck.Fluent;

namespace DlqCluster.Grains.Tests.Messages;

public sealed class MessageIdTests
{
    private static readonly byte[] _ones = Enumerable.Repeat((byte)0xFF, 10).ToArray();

    [Fact]
    public void A_new_id_is_a_version_7_UUID_with_the_milliseconds_in_front()
    {
        // The example of RFC 9562, appendix A.6.
        byte[] random = [0x0C, 0xC3, 0x18, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F];
        var id = MessageId.CreateVersion7(DateTimeOffset.FromUnixTimeMilliseconds(0x017F22E279B0), random);
        Assert.Equal("017f22e2-79b0-7cc3-98c4-dc0c0c07398f", id.Value);
    }

    [Fact]
    public void Version_and_variant_stand_whatever_is_drawn() => Laws.Hold(TimesAndBytes(), c =>
    {
        var id = MessageId.CreateVersion7(c.At, c.Random);
        Assert.Equal('7', id.Value[14]);
        Assert.Contains(id.Value[19], "89ab");
        Assert.Equal(c.At.ToUnixTimeMilliseconds(), Convert.ToInt64(id.Value[..8] + id.Value[9..13], 16));
        Assert.Equal(id.Value, id.ToString());
    });

    [Fact]
    public void Ids_sort_by_time_as_text() => Laws.Hold(Gen.Two(TimesAndBytes()), pair =>
    {
        var (first, second) = (pair.Item1, pair.Item2);
        if (first.At.ToUnixTimeMilliseconds() == second.At.ToUnixTimeMilliseconds()) return;
        var byTime = first.At.CompareTo(second.At);
        var byText = string.CompareOrdinal(MessageId.CreateVersion7(first.At, first.Random).Value, MessageId.CreateVersion7(second.At, second.Random).Value);
        Assert.Equal(Math.Sign(byTime), Math.Sign(byText));
    });

    [Fact]
    public void All_the_random_bits_are_used()
    {
        var plain = MessageId.CreateVersion7(Samples.Start, new byte[10]);
        for (var bit = 0; bit < 80; bit++)
        {
            // The six bits that the version and the variant take.
            if (bit is >= 0 and < 4 or 16 or 17) continue;
            var random = new byte[10];
            random[bit / 8] = (byte)(0x80 >> (bit % 8));
            Assert.NotEqual(plain, MessageId.CreateVersion7(Samples.Start, random));
        }
    }

    [Fact]
    public void Too_little_randomness_is_refused_and_more_is_ignored()
    {
        Assert.Throws<ArgumentException>(() => MessageId.CreateVersion7(Samples.Start, new byte[9]));
        Assert.Equal(MessageId.CreateVersion7(Samples.Start, _ones), MessageId.CreateVersion7(Samples.Start, [.. _ones, 1, 2, 3]));
    }

    [Theory]
    [Trait("Spec", "IN2")]
    [InlineData(null, "order-1", "6ca05b31-c5b9-8232-b132-fc1edacada90")]
    [InlineData("", "order-1", "6ca05b31-c5b9-8232-b132-fc1edacada90")]
    [InlineData("shop", "order-1", "7133e2b9-b2e0-8a57-bcc1-fc44554c0275")]
    [InlineData("shop", "", "05c8b373-31fa-8a8e-be25-0a9fe7ac2254")]
    [InlineData("Läden", "bestellung-ß-😀", "d3def0c8-5c42-85db-826f-8b39fdb49761")]
    public void A_derived_id_is_the_same_on_every_machine_and_in_every_version(string? source, string key, string expected) =>
        Assert.Equal(expected, MessageId.Derive(source, key).Value);

    [Fact]
    [Trait("Spec", "IN2")]
    public void Derived_ids_are_of_version_8_and_meet_only_when_source_and_key_are_the_same() => Laws.Hold(Gen.Four(Names()), names =>
    {
        var (a, b) = (MessageId.Derive(names.Item1, names.Item2), MessageId.Derive(names.Item3, names.Item4));
        Assert.Equal('8', a.Value[14]);
        Assert.Contains(a.Value[19], "89ab");
        Assert.Equal((names.Item1, names.Item2) == (names.Item3, names.Item4), a == b);
        Assert.Equal(a, MessageId.Derive(names.Item1, names.Item2));
    });

    [Fact]
    [Trait("Spec", "IN2")]
    public void Source_and_key_cannot_be_shifted_into_each_other()
    {
        string[][] same = [["a", "bc"], ["ab", "c"], ["", "abc"], ["abc", ""], ["1:a", "bc"], ["", "1:abc"]];
        Assert.Equal(same.Length, same.Select(pair => MessageId.Derive(pair[0], pair[1])).Distinct().Count());
    }

    [Theory]
    [InlineData("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")]
    [InlineData("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")]
    [InlineData("017f22e279b07cc398c4dc0c0c07398f")]
    [InlineData("{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}")]
    [InlineData("(017f22e2-79b0-7cc3-98c4-dc0c0c07398f)")]
    public void Every_usual_form_is_read_into_the_canonical_one(string text)
    {
        Assert.True(MessageId.TryParse(text, out var id));
        Assert.Equal("017f22e2-79b0-7cc3-98c4-dc0c0c07398f", id.Value);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("17")]
    [InlineData("017f22e2-79b0-7cc3-98c4-dc0c0c07398")]
    [InlineData("017f22e2-79b0-7cc3-98c4-dc0c0c07398g")]
    [InlineData("017f22e2-79b0-7cc3-98c4-dc0c0c07398f-")]
    public void What_is_no_UUID_is_no_id(string? text)
    {
        Assert.False(MessageId.TryParse(text, out var id));
        Assert.Equal(default, id);
    }

    [Fact]
    public void In_JSON_an_id_is_its_text()
    {
        var id = Samples.Id(7);
        Assert.Equal($"\"{id}\"", JsonSerializer.Serialize(id));
        Assert.Equal(id, JsonSerializer.Deserialize<MessageId>($"\"{id.Value.ToUpperInvariant()}\""));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<MessageId>("\"no\""));
    }

    [Theory]
    [Trait("Spec", "DE8")]
    [InlineData("017f22e2-79b0-7cc3-98c4-dc0c0c07398f", 1, 0)]
    [InlineData("017f22e2-79b0-7cc3-98c4-dc0c0c07398f", 16, 10)]
    [InlineData("017f22e2-79b0-7cc3-98c4-dc0c0c07398f", 4096, 2826)]
    [InlineData("00000000-0000-0000-0000-000000000000", 16, 1)]
    [InlineData("00000001-0000-7000-8000-000000000000", 16, 1)]
    [InlineData("00000001-0000-7000-8000-000000000000", 4096, 2193)]
    public void A_partition_is_the_same_on_every_machine_and_in_every_version(string id, int partitions, int expected) =>
        Assert.Equal(expected, new MessageId(id).Partition(partitions));

    [Fact]
    public void Every_partition_number_is_one_that_exists() => Laws.Hold(Gen.Zip(TimesAndBytes(), Gen.Choose(1, 4096)), c =>
        Assert.InRange(MessageId.CreateVersion7(c.Item1.At, c.Item1.Random).Partition(c.Item2), 0, c.Item2 - 1));

    [Theory]
    [InlineData(16)]
    [InlineData(100)]
    public void Ids_spread_evenly_over_the_partitions(int partitions)
    {
        const int perPartition = 1_000;
        var random = new Random(17);
        var bytes = new byte[10];
        var counts = new int[partitions];
        for (var i = 0; i < partitions * perPartition; i++)
        {
            random.NextBytes(bytes);
            // Ids of one burst share most of their digits.
            counts[MessageId.CreateVersion7(Samples.Start.AddMilliseconds(i / 100), bytes).Partition(partitions)]++;
        }

        // Six standard deviations of a fair draw.
        Assert.All(counts, count => Assert.InRange(count, perPartition - 190, perPartition + 190));
    }

    private static FsCheck.Gen<(DateTimeOffset At, byte[] Random)> TimesAndBytes() =>
        from seconds in Gen.Choose(0, int.MaxValue)
        from milliseconds in Gen.Choose(0, 999)
        from bytes in Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(10)
        select (DateTimeOffset.UnixEpoch.AddSeconds(seconds).AddMilliseconds(milliseconds), bytes);

    private static FsCheck.Gen<string> Names() => Gen.Elements('a', 'b', ':', '1', 'ß').ArrayOf().Resize(4).Select(letters => new string(letters));
}
