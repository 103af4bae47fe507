using System.Text;
using System.Text.Json;
using DlqCluster.Grains.Tests.Support;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.Messages;

/// <summary>The payload comes out of every document as the bytes that went in.</summary>
[Trait("Spec", "DE2")]
public sealed class PayloadTests
{
    public static TheoryData<string> Tricky => Samples.TrickyPayloads();

    [Theory]
    [MemberData(nameof(Tricky))]
    public void It_comes_back_byte_for_byte_from_a_surrounding_document(string json)
    {
        var payload = Payload.Parse(json);
        var document = JsonSerializer.SerializeToUtf8Bytes(new Holder { Before = 1, Payload = payload, After = "x" });
        var read = JsonSerializer.Deserialize<Holder>(document)!;
        Assert.Equal(Encoding.UTF8.GetBytes(json), read.Payload.Utf8);
        Assert.Equal("x", read.After);
    }

    [Theory]
    [MemberData(nameof(Tricky))]
    public void It_stands_in_the_document_as_it_is(string json)
    {
        var document = JsonSerializer.Serialize(new Holder { Payload = Payload.Parse(json) });
        Assert.Contains($"\"Payload\":{json},", document, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Tricky))]
    public void It_comes_back_from_a_document_that_is_laid_out_over_lines(string json)
    {
        var document = $"{{\n  \"Payload\" : \t{json}\n ,\n  \"After\": \"x\" }}";
        Assert.Equal(json, JsonSerializer.Deserialize<Holder>(document)!.Payload.ToString());
    }

    [Fact]
    public void White_space_around_the_value_is_no_part_of_it_wherever_it_comes_from() =>
        Assert.Equal(Payload.Parse("{\"a\":1}"), Payload.Parse(" \r\n{\"a\":1}\t"));

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("1 2")]
    [InlineData("{'a':1}")]
    [InlineData("[1,]")]
    [InlineData("// no\n1")]
    [InlineData("NaN")]
    [InlineData("01")]
    public void What_is_not_one_JSON_value_is_no_payload(string json) => Assert.ThrowsAny<JsonException>(() => Payload.Parse(json));

    [Fact]
    public void Payloads_are_equal_when_their_bytes_are()
    {
        var (one, same, other) = (Payload.Parse("{\"a\":1}"), Payload.Parse("{\"a\":1}"), Payload.Parse("{\"a\": 1}"));
        Assert.Equal(one, same);
        Assert.True(one == same);
        Assert.Equal(one.GetHashCode(), same.GetHashCode());
        Assert.NotEqual(one, other);
        Assert.NotEqual(one, default);
    }

    [Fact]
    public void No_payload_and_no_bytes_are_the_same_nothing()
    {
        Payload nothing = default, empty = new([]);
        Assert.Equal(nothing, empty);
        Assert.Equal(nothing.GetHashCode(), empty.GetHashCode());
        Assert.True(nothing.IsEmpty);
        Assert.True(empty.IsEmpty);
        Assert.Equal(0, nothing.Length);
        Assert.Equal("", nothing.ToString());
        Assert.Equal("null", JsonSerializer.Serialize(nothing));
    }

    [Fact]
    public void The_JSON_value_null_is_a_payload_and_not_none()
    {
        var payload = JsonSerializer.Deserialize<Holder>("""{"Payload":null}""")!.Payload;
        Assert.False(payload.IsEmpty);
        Assert.Equal(4, payload.Length);
        Assert.Equal("null", payload.ToString());
    }

    [Fact]
    public void Its_length_is_in_bytes() => Assert.Equal(6, Payload.Parse("\"😀\"").Length);

    private sealed record Holder
    {
        public int Before { get; init; }

        public Payload Payload { get; init; }

        public string? After { get; init; }
    }
}
