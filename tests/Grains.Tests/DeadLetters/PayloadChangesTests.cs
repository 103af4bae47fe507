using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.DeadLetters;

/// <summary>What an edit changed: DQ5.</summary>
[Trait("Spec", "DQ5")]
public sealed class PayloadChangesTests
{
    [Theory]
    [InlineData("{}", "{ }", "")]
    [InlineData("1", "2", ": 1 > 2")]
    [InlineData("null", "{}", ": null > {}")]
    [InlineData("""{"a":1,"b":2}""", """{"b":2,"a":1}""", "")]
    [InlineData("""{"a":1,"b":2}""", """{"a":1,"c":3}""", "/b: 2 > -; /c: - > 3")]
    [InlineData("""{"a":{"b":[1,2,3]}}""", """{"a":{"b":[1,9]}}""", "/a/b/1: 2 > 9; /a/b/2: 3 > -")]
    [InlineData("""{"a/b":1,"c~d":1}""", """{"a/b":2,"c~d":2}""", "/a~1b: 1 > 2; /c~0d: 1 > 2")]
    [InlineData("""{"a":"long text here"}""", """{"a":"short"}""", "/a: \"long tex… > \"short\"")]
    [InlineData("[]", "[1,2,3,4,5,6]", "/0: - > 1; /1: - > 2; /2: - > 3; /3: - > 4")]
    public void Each_place_that_differs_is_named_with_what_was_and_is_there(string original, string edited, string expected)
    {
        var changes = PayloadChanges.Between(Payload.Parse(original), Payload.Parse(edited), limit: 4, length: 9);
        Assert.Equal(expected, string.Join("; ", changes.Select(change => $"{change.Path}: {change.From ?? "-"} > {change.To ?? "-"}")));
    }

    [Fact]
    public void Payloads_that_nest_as_deep_as_ingest_can_allow_are_compared()
    {
        static Payload Nested(string inside) => Payload.Parse(new string('[', 1_000) + inside + new string(']', 1_000));
        Assert.Equal(2_000, Assert.Single(PayloadChanges.Between(Nested("1"), Nested("2"), 10, 10)).Path.Length);
    }

    [Fact]
    public void A_letter_without_a_payload_was_nothing_before() =>
        Assert.Equal([new PayloadChange("", null, "7")], PayloadChanges.Between(default, Payload.Parse("7"), 10, 10));
}
