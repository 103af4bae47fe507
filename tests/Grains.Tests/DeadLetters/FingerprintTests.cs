using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.DeadLetters;

/// <summary>Failures of one kind share a fingerprint; failures of different kinds do not.</summary>
[Trait("Spec", "DQ4")]
public sealed class FingerprintTests
{
    private static readonly string[] _targets = ["a", "b", ""];
    private static readonly string[] _pieces = ["a-", "a.", "1.", "0:", "f0-", "[a:"];

    [Theory]
    [InlineData("Order 4711 not found", "Order 12 not found")]
    [InlineData("Took 1.5 s of 2,000 ms", "Took 10.25 s of 3,000 ms")]
    [InlineData("Message 017f22e2-79b0-7cc3-98c4-dc0c0c07398f refused", "Message 00000001-0000-7000-8000-00000000000A refused")]
    [InlineData("Message 017f22e279b07cc398c4dc0c0c07398f refused", "Message 0000000100007000800000000000000a refused")]
    [InlineData("GET http://10.0.0.1:8080/orders/17?x=1 failed", "GET https://shop.example/orders/abc failed")]
    [InlineData("Connection refused (10.0.0.1:5000)", "Connection refused (192.168.17.200:80)")]
    [InlineData("Connection refused (10.0.0.1)", "Connection refused (192.168.17.200)")]
    [InlineData("Connection refused ([::1]:5000)", "Connection refused ([fe80::1ff:fe23:4567:890a]:443)")]
    [InlineData("Connection refused (billing.internal:5000)", "Connection refused (billing-2.internal:6000)")]
    [InlineData("Connection refused...localhost:5000", "Connection refused...localhost.localdomain:6000")]
    [InlineData("No route to 2001:db8::1", "No route to fe80::1ff:fe23:4567:890a")]
    [InlineData("at 0x7ffe12ab", "at 0xdead")]
    [InlineData("commit 3f2a9c1 is gone", "commit a91b22c04d is gone")]
    [InlineData("failed at 2026-03-01T12:00:00Z", "failed at 2025-12-31T23:59:59.123456Z")]
    [InlineData("failed at 12:00:01", "failed at 23:59:59")]
    [InlineData("failed on 2026-03-01", "failed on 2025-12-31")]
    [InlineData("too   many\r\n spaces ", "Too many spaces")]
    [InlineData("IndexOutOfRange at line 12", "INDEXOUTOFRANGE at line 13")]
    public void What_differs_from_message_to_message_does_not_matter(string one, string other) =>
        Assert.Equal(Of(one), Of(other));

    [Theory]
    [InlineData("Connection refused", "Connection reset")]
    [InlineData("HTTP 500 Internal Server Error", "HTTP 503 Service Unavailable")]
    [InlineData("Order 4711 not found", "Customer 4711 not found")]
    [InlineData("field 'amount' is missing", "field 'currency' is missing")]
    [InlineData("timeout:5000", "limit:5000")]
    [InlineData("disk quota:500 exceeded", "memory quota:500 missing")]
    [InlineData("", "something")]
    public void What_tells_kinds_apart_stays(string one, string other) => Assert.NotEqual(Of(one), Of(other));

    [Fact]
    public void Type_and_downstream_tell_failures_apart()
    {
        var all = from type in Enum.GetValues<ErrorType>() from target in _targets select Fingerprint.Of(type, target, "x");
        Assert.Equal(21, all.Distinct().Count());
    }

    [Fact]
    public void It_is_sixteen_hex_digits_the_same_on_every_machine_and_in_every_version() =>
        Assert.Equal(GoldenPrint(), Fingerprint.Of(ErrorType.Network, "billing", "Connection refused (10.0.0.1:5000) after 3 tries"));

    [Theory]
    [InlineData("Connection refused (10.0.0.1:5000)", "connection refused (<address>)")]
    [InlineData("GET http://x/y?z=1 -> 500", "get <url> -> <n>")]
    [InlineData("id 017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "id <id>")]
    public void A_normalised_error_can_still_be_read(string error, string expected) => Assert.Equal(expected, Fingerprint.Normalize(error));

    [Fact]
    public void Normalising_twice_changes_nothing_more()
    {
        var once = Fingerprint.Normalize("POST https://a.b/c to 10.1.2.3:80 at 2026-03-01T12:00:00Z: 3f2a9c1 of 1,000");
        Assert.Equal(once, Fingerprint.Normalize(once));
    }

    [Fact]
    public void An_error_of_the_greatest_length_is_no_trouble() => Assert.All(
        _pieces,
        piece => Assert.NotEmpty(Fingerprint.Normalize(string.Concat(Enumerable.Repeat(piece, 1_000)))));

    private static string Of(string error) => Fingerprint.Of(ErrorType.Server, "billing", error);

    private static string GoldenPrint()
    {
        var hash = System.Security.Cryptography.SHA256.HashData("NETWORK_ERROR\nbilling\nconnection refused (<address>) after <n> tries"u8);
        return Convert.ToHexStringLower(hash)[..16];
    }
}
