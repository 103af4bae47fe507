using System.Security.Cryptography;
using System.Text;
using DlqCluster.Downstreams;

namespace DlqCluster.Grains.Tests.Downstreams;

[Trait("Spec", "DE2")]
public sealed class WebhookSignatureTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const string Signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    private const long Timestamp = 1614265330;

    private static readonly byte[] _payload = Encoding.UTF8.GetBytes("""{"test": 2432232314}""");

    [Fact]
    public void It_is_that_of_the_Standard_Webhooks_reference() =>
        Assert.Equal(Signature, WebhookSignature.Sign([Secret], Id, Timestamp, _payload));

    [Fact]
    public void While_secrets_rotate_both_sign_in_their_order()
    {
        var other = "whsec_" + Convert.ToBase64String(new byte[32]);
        var signatures = WebhookSignature.Sign([other, Secret], Id, Timestamp, _payload).Split(' ');
        Assert.Equal(2, signatures.Length);
        Assert.Equal(Signature, signatures[1]);
        var expected = HMACSHA256.HashData(new byte[32], Encoding.UTF8.GetBytes($"{Id}.{Timestamp}.").Concat(_payload).ToArray());
        Assert.Equal("v1," + Convert.ToBase64String(expected), signatures[0]);
    }

    [Fact]
    public void Id_time_and_each_byte_of_the_payload_matter()
    {
        string[] all =
        [
            WebhookSignature.Sign([Secret], Id, Timestamp, _payload), WebhookSignature.Sign([Secret], Id + "x", Timestamp, _payload),
            WebhookSignature.Sign([Secret], Id, Timestamp + 1, _payload), WebhookSignature.Sign([Secret], Id, Timestamp, [.. _payload, 0x20]),
            WebhookSignature.Sign([Secret], Id, Timestamp, []),
        ];
        Assert.Equal(all.Length, all.Distinct().Count());
    }

    [Theory]
    [InlineData(23, false)]
    [InlineData(24, true)]
    [InlineData(32, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void A_secret_has_24_to_64_bytes(int bytes, bool valid)
    {
        Assert.Equal(valid, WebhookSignature.TryParse("whsec_" + Convert.ToBase64String(new byte[bytes]), out var key));
        Assert.Equal(valid ? bytes : 0, key.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("whsec_")]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS")]
    [InlineData("whsec_!fKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    public void What_is_no_secret_is_refused(string secret) => Assert.False(WebhookSignature.TryParse(secret, out _));
}
