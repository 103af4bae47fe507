using System.Net;
using DlqCluster.Hosting;
using DlqCluster.Silo.Configuration;
using Microsoft.Extensions.Configuration;

namespace DlqCluster.Api.Tests.Silo;

public sealed class HttpSettingsTests
{
    [Fact]
    public void By_default_it_listens_on_this_machine_only() =>
        Assert.Equal(new HttpSettings(IPAddress.Loopback, 3000), Read([]));

    [Theory]
    [InlineData("localhost", "0")]
    [InlineData("::1", "65535")]
    [InlineData("127.0.0.2", "8080")]
    [InlineData("0.0.0.0", "8080")]
    public void Any_port_and_address_will_do(string address, string port) =>
        Assert.Equal(int.Parse(port, System.Globalization.CultureInfo.InvariantCulture), Read([("Http:Address", address), ("Http:Port", port)]).Port);

    [Theory]
    [InlineData("Http:Port", "-1")]
    [InlineData("Http:Port", "65536")]
    [InlineData("Http:Port", "http")]
    [InlineData("Http:Port", "")]
    [InlineData("Http:Address", "example.com")]
    public void What_cannot_be_is_refused_by_name_and_value(string key, string value)
    {
        var error = Assert.Throws<InvalidConfigurationException>(() => Read([(key, value)]));
        Assert.Contains($"{key} is '{value}'", error.Message, StringComparison.Ordinal);
    }

    private static HttpSettings Read((string Key, string Value)[] settings) =>
        HttpSettings.Read(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>(setting.Key, setting.Value)))
            .Build());
}
