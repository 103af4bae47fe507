using System.Net;
using System.Net.Sockets;
using DlqCluster.Downstreams;
using DlqCluster.Hosting;
using DlqCluster.Messages;
using Microsoft.Extensions.Options;

namespace DlqCluster.Grains.Tests.Downstreams;

/// <summary>Where requests may go.</summary>
[Trait("Spec", "OP2")]
public sealed class OutgoingGuardTests
{
    [Theory]
    [InlineData("8.8.8.8", nameof(AddressClass.Public))]
    [InlineData("172.15.255.255", nameof(AddressClass.Public))]
    [InlineData("172.32.0.0", nameof(AddressClass.Public))]
    [InlineData("100.63.255.255", nameof(AddressClass.Public))]
    [InlineData("2606:4700::1111", nameof(AddressClass.Public))]
    [InlineData("64:ff9b::808:808", nameof(AddressClass.Public))]
    [InlineData("127.0.0.1", nameof(AddressClass.Private))]
    [InlineData("127.255.255.254", nameof(AddressClass.Private))]
    [InlineData("10.0.0.1", nameof(AddressClass.Private))]
    [InlineData("172.16.0.1", nameof(AddressClass.Private))]
    [InlineData("172.31.255.255", nameof(AddressClass.Private))]
    [InlineData("192.168.1.1", nameof(AddressClass.Private))]
    [InlineData("100.64.0.1", nameof(AddressClass.Private))]
    [InlineData("::1", nameof(AddressClass.Private))]
    [InlineData("fc00::1", nameof(AddressClass.Private))]
    [InlineData("fd12:3456::1", nameof(AddressClass.Private))]
    [InlineData("::ffff:127.0.0.1", nameof(AddressClass.Private))]
    [InlineData("::ffff:10.1.2.3", nameof(AddressClass.Private))]
    [InlineData("::127.0.0.1", nameof(AddressClass.Private))]
    [InlineData("2002:7f00:1::", nameof(AddressClass.Private))]
    [InlineData("2002:a00:1::1", nameof(AddressClass.Private))]
    [InlineData("64:ff9b::a00:1", nameof(AddressClass.Private))]
    [InlineData("169.254.169.254", nameof(AddressClass.Forbidden))]
    [InlineData("::ffff:169.254.169.254", nameof(AddressClass.Forbidden))]
    [InlineData("64:ff9b::a9fe:a9fe", nameof(AddressClass.Forbidden))]
    [InlineData("2002:a9fe:a9fe::1", nameof(AddressClass.Forbidden))]
    [InlineData("100.100.100.200", nameof(AddressClass.Forbidden))]
    [InlineData("168.63.129.16", nameof(AddressClass.Forbidden))]
    [InlineData("fd00:ec2::254", nameof(AddressClass.Forbidden))]
    [InlineData("fe80::1", nameof(AddressClass.Forbidden))]
    [InlineData("fe80::1%2", nameof(AddressClass.Forbidden))]
    [InlineData("fec0::1", nameof(AddressClass.Forbidden))]
    [InlineData("ff02::1", nameof(AddressClass.Forbidden))]
    [InlineData("::", nameof(AddressClass.Forbidden))]
    [InlineData("0.0.0.0", nameof(AddressClass.Forbidden))]
    [InlineData("0.1.2.3", nameof(AddressClass.Forbidden))]
    [InlineData("224.0.0.1", nameof(AddressClass.Forbidden))]
    [InlineData("255.255.255.255", nameof(AddressClass.Forbidden))]
    [InlineData("192.0.2.1", nameof(AddressClass.Forbidden))]
    [InlineData("2001::1", nameof(AddressClass.Forbidden))]
    [InlineData("2001:db8::1", nameof(AddressClass.Forbidden))]
    public void An_address_is_what_it_is_however_it_is_written(string address, string expected) =>
        Assert.Equal(expected, AddressClasses.Of(IPAddress.Parse(address)).ToString());

    [Fact]
    public void Of_several_addresses_only_those_that_are_allowed_are_connected_to()
    {
        IPAddress[] mixed = [IPAddress.Parse("10.0.0.1"), IPAddress.Parse("8.8.8.8"), IPAddress.Parse("169.254.169.254")];
        Assert.Null(Guard().Refusal("shop.example", mixed, out var allowed));
        Assert.Equal(["8.8.8.8"], allowed.Select(address => address.ToString()));
        Assert.Null(Guard(allowPrivate: true).Refusal("shop.example", mixed, out allowed));
        Assert.Equal(["10.0.0.1", "8.8.8.8"], allowed.Select(address => address.ToString()));
    }

    [Theory]
    [InlineData("shop.internal", true, false)]
    [InlineData("SHOP.internal", true, false)]
    [InlineData("10.0.0.0/8", true, false)]
    [InlineData("10.1.2.3", true, false)]
    [InlineData("10.1.2.4", false, false)]
    [InlineData("shop", false, false)]
    [InlineData("169.254.169.254", false, true)]
    public void What_the_list_allows_and_nothing_more(string entry, bool ownAddress, bool metadata)
    {
        Assert.Equal(ownAddress, Guard(allowPrivate: false, entry).Refusal("shop.internal", [IPAddress.Parse("10.1.2.3")], out _) is null);
        // A name cannot open the way to where clouds answer with credentials; only the address can.
        Assert.Equal(metadata, Guard(allowPrivate: false, entry).Refusal("shop.internal", [IPAddress.Parse("169.254.169.254")], out _) is null);
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}/")]
    [InlineData("http://localhost:{0}/")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/")]
    [InlineData("http://2130706433:{0}/")]
    [InlineData("http://0x7f.1:{0}/")]
    [InlineData("http://0.0.0.0:{0}/")]
    public async Task Nobody_is_connected_to_who_may_not_be_and_the_message_is_told_why(string url)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var result = await SendAsync(Guard(), string.Format(System.Globalization.CultureInfo.InvariantCulture, url, port));
        Assert.Equal((AttemptOutcome.TransientFailure, ErrorType.Network), (result.Outcome, result.ErrorType));
        Assert.Contains("Downstreams:Allowed", result.Error, StringComparison.Ordinal);
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task A_redirect_is_an_answer_and_not_a_way()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener, "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/meta-data/\r\nContent-Length: 0\r\n\r\n");
        var result = await SendAsync(Guard(allowPrivate: true), $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        await answering;
        Assert.Equal((AttemptOutcome.PermanentFailure, 302), (result.Outcome, result.StatusCode));
    }

    [Fact]
    public async Task An_answer_with_endless_headers_is_broken_off()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener, "HTTP/1.1 200 OK\r\nX: " + new string('x', 200_000) + "\r\n\r\n");
        var result = await SendAsync(Guard(allowPrivate: true), $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        await answering;
        Assert.Equal(AttemptOutcome.TransientFailure, result.Outcome);
    }

    private static OutgoingGuard Guard(bool allowPrivate = false, params string[] allowed)
    {
        var options = new OutgoingOptions { AllowPrivateNetworks = allowPrivate };
        foreach (var host in allowed) options.AllowedHosts.Add(host);
        return new OutgoingGuard(Options.Create(options));
    }

    private static async Task<AttemptResult> SendAsync(OutgoingGuard guard, string url)
    {
        using var handler = guard.CreateHandler(maxHeaderBytes: 65_536);
        using var sender = new HttpSender(TimeProvider.System, Options.Create(new DeliveryOptions()), _ => handler);
        return await sender.SendAsync(FakeDownstream.Definition() with { Url = url, TimeoutMs = 30_000 }, FakeDownstream.Message(), CancellationToken.None);
    }

    private static async Task AnswerAsync(TcpListener listener, string answer)
    {
        using var client = await listener.AcceptTcpClientAsync();
        var stream = client.GetStream();
        _ = await stream.ReadAsync(new byte[4096]);
        try
        {
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer));
        }
        catch (IOException)
        {
            // It has heard enough.
        }
    }
}
