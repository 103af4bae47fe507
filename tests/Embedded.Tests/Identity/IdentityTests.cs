using System.Net;
using System.Text;
using Orleans.Runtime;

namespace DlqCluster.Embedded.Tests.Identity;

public class IdentityTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(31, "1F")]
    [InlineData(long.MaxValue, "7FFFFFFFFFFFFFFF")]
    [InlineData(-1, "FFFFFFFFFFFFFFFF")]
    public void Numbers_are_written_in_hexadecimal(long key, string text)
    {
        var id = GrainId.Create(GrainType.Create("x"), GrainIdKeyExtensions.CreateIntegerKey(key));
        Assert.Equal($"x/{text}", id.ToString());
        Assert.Equal(key, id.GetIntegerKey());
    }

    [Fact]
    public void A_key_that_is_no_number_is_told()
    {
        Assert.Throws<ArgumentException>(() => GrainId.Create("x", "what").GetIntegerKey());
        Assert.True(GrainId.Create("x", "1F+more").TryGetIntegerKey(out var key, out var extension));
        Assert.Equal((31, "more"), (key, extension));
    }

    [Fact]
    public void Identities_are_read_as_they_are_written()
    {
        var id = GrainId.Parse("x/a/b");
        Assert.Equal(("x", "a/b"), (id.Type.ToString(), id.Key.ToString()));
        Assert.Equal(GrainId.Create("x", "a/b"), id);
        Assert.True(id != GrainId.Create("x", "a"));
        Assert.True(id.CompareTo(GrainId.Create("x", "a")) > 0);
        Assert.False(GrainId.TryParse("x", out _));
        Assert.False(GrainId.TryParse("/x", out _));
        Assert.False(GrainId.TryParse("x/", out _));
        Assert.Throws<FormatException>(() => GrainId.Parse(string.Empty));
        Assert.True(default(GrainId).IsDefault);
    }

    [Theory]
    [InlineData("", 0x02CC5D05u)]
    [InlineData("a", 0x550D7456u)]
    [InlineData("abc", 0x32D153FFu)]
    [InlineData("Nobody inspects the spammish repetition", 0xE2293B2Fu)]
    public void The_hash_is_the_published_one(string text, uint hash)
    {
        Assert.Equal(hash, XxHash32.Compute(Encoding.UTF8.GetBytes(text)));
        Assert.Equal(hash, IdSpan.Create(text).GetUniformHashCode());
    }

    [Fact]
    public void A_grains_hash_is_made_of_type_and_key() =>
        Assert.Equal(
            unchecked((IdSpan.Create("x").GetUniformHashCode() * 31) + IdSpan.Create("y").GetUniformHashCode()),
            GrainId.Create("x", "y").GetUniformHashCode());

    [Fact]
    public void Silo_addresses_are_told_apart()
    {
        var one = SiloAddress.New(IPAddress.Loopback, 1, 2);
        Assert.Equal(one, SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 1), 2));
        Assert.NotEqual(one, SiloAddress.New(IPAddress.Loopback, 1, 3));
        Assert.Equal("S127.0.0.1:1:2", one.ToString());
        Assert.Equal("127.0.0.1:1@2", one.ToParsableString());
    }
}
