using System.Net;
using System.Net.Sockets;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Api.Tests.WholeProcess;

/// <summary>Starting the built program: with nothing configured, and with what cannot be.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task With_nothing_configured_it_starts_says_where_it_is_and_works()
    {
        using var directory = new TempDirectory();
        var data = Path.Combine(directory.Path, "data");
        await using var silo = await SiloProcess.StartAsync("data", ("PWD", directory.Path));

        var sent = await silo.Api.SubmitAsync("""{"payload":{"hello":"world"}}""");
        await silo.Api.UntilStateAsync(sent.Is(202).Id, "delivered");

        Assert.True(Directory.Exists(data));
        Assert.Contains(data, silo.Output, StringComparison.Ordinal);
        Assert.Contains("curl", silo.Output, StringComparison.Ordinal);
        Assert.Equal(0, await silo.TerminateAsync());
    }

    [Theory]
    [InlineData("PORT", "http", "Http:Port (PORT) is 'http'")]
    [InlineData("PORT", "70000", "70000")]
    [InlineData("STREAM_PARTITIONS", "0", "Partitions:Count is '0'")]
    [InlineData("STREAM_PARTITIONS", "0", "It comes from the environment variable STREAM_PARTITIONS.")]
    [InlineData("MAX_RETRIES", "-1", "Retry:MaxRetries is '-1'")]
    [InlineData("MAX_RETRIES", "-1", "It comes from the environment variable MAX_RETRIES.")]
    [InlineData("MAX_RETRIES", "many", "Retry:MaxRetries is 'many', which is no whole number. It comes from the environment variable MAX_RETRIES")]
    [InlineData("Retry__MaxRetrys", "3", "Retry:MaxRetrys (environment variable Retry__MaxRetrys) is no setting. Did you mean Retry:MaxRetries?")]
    [InlineData("Console__Enable", "true", "Did you mean Console:Enabled?")]
    [InlineData("Ingest__MaxBodyBytes", "12", "It comes from the environment variable Ingest__MaxBodyBytes")]
    [InlineData("CB_FAILURE_THRESHOLD", "500", "Downstreams:default:Breaker:FailureRatio (CB_FAILURE_THRESHOLD): ")]
    [InlineData("DLQ_RETENTION_DAYS", "0", "It comes from the environment variable DLQ_RETENTION_DAYS.")]
    [InlineData("ENABLE_STREAM_CONSUMERS", "some", "ENABLE_STREAM_CONSUMERS")]
    [InlineData("Downstreams__AllowedHosts__0", "a b", "Downstreams:AllowedHosts has 'a b'")]
    [InlineData("BASE_BACKOFF_MS", "0", "Retry:BaseBackoffMs is '0'")]
    [InlineData("BASE_BACKOFF_MS", "0", "It comes from the environment variable BASE_BACKOFF_MS.")]
    [InlineData("LOG_LEVEL", "loud", "'loud'")]
    [InlineData("ADMIN_TOKEN", "two words", "Security:AdminToken (ADMIN_TOKEN)")]
    [InlineData("Queue__MaxSize", "0", "Queue:MaxSize is '0'")]
    [InlineData("Storage__MaxBatch", "0", "Storage:MaxBatch is '0'")]
    [InlineData("Metrics__MaxSeries", "0", "Metrics:MaxSeries is '0'")]
    [InlineData("Memory__RestIntervalMs", "-1", "Memory:RestIntervalMs is '-1'")]
    [InlineData("Http__Address", "0.0.0.0", "ADMIN_TOKEN")]
    [InlineData("Downstreams__shop__Url", "nonsense", "Downstreams:shop")]
    [InlineData("Dlq__TimeZone", "Mars/Olympus", "Mars/Olympus")]
    public async Task What_cannot_be_stops_the_start_and_is_named(string name, string value, string expected)
    {
        using var data = new TempDirectory();
        (string, string)[] own = name == "Downstreams__shop__Url" ? [("Downstreams__shop__Kind", "http")] : [];
        await using var silo = await SiloProcess.RunAsync([("PORT", "0"), ("DATA_DIR", data.Path), .. own, (name, value)]);

        AssertRefused(silo, expected);
        if (name == "ADMIN_TOKEN") Assert.DoesNotContain(value, silo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_stops_the_start()
    {
        using var data = new TempDirectory();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

        await using var silo = await SiloProcess.RunAsync(("PORT", port), ("DATA_DIR", data.Path));

        AssertRefused(silo, $"Http:Port (PORT) {port}");
    }

    [Fact]
    public async Task A_second_process_on_the_same_data_is_refused_and_the_first_goes_on()
    {
        using var data = new TempDirectory();
        await using var first = await SiloProcess.StartAsync(data.Path);

        await using var second = await SiloProcess.RunAsync(("PORT", "0"), ("DATA_DIR", data.Path));

        AssertRefused(second, data.Path);
        (await first.Api.SubmitAsync("""{"payload":1}""")).Is(202);
    }

    [Fact]
    public async Task Another_number_of_partitions_than_that_of_the_data_is_refused()
    {
        using var data = new TempDirectory();
        await using (var first = await SiloProcess.StartAsync(data.Path)) Assert.Equal(0, await first.TerminateAsync());

        await using var second = await SiloProcess.RunAsync(("PORT", "0"), ("DATA_DIR", data.Path), ("Partitions__Count", "32"));

        AssertRefused(second, "Partitions:Count is 32, but this data was created with 16 partitions");
    }

    [Fact]
    public async Task A_data_directory_that_cannot_be_written_is_refused()
    {
        using var directory = new TempDirectory();
        var file = Path.Combine(directory.Path, "file");
        await File.WriteAllTextAsync(file, "");
        var readOnly = Path.Combine(directory.Path, "read-only");
        Directory.CreateDirectory(readOnly);
        // A superuser writes where nobody may; only the kernel's own file systems refuse it.
        if (OperatingSystem.IsLinux() && Environment.UserName == "root") readOnly = "/proc/dlq";
        else if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(readOnly, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        foreach (var path in new[] { file, readOnly })
        {
            await using var silo = await SiloProcess.RunAsync(("PORT", "0"), ("DATA_DIR", path));
            AssertRefused(silo, path);
        }
    }

    private static void AssertRefused(SiloProcess silo, string expected)
    {
        Assert.Equal(1, silo.ExitCode);
        Assert.Contains("Cannot start: ", silo.Output, StringComparison.Ordinal);
        Assert.Contains(expected, silo.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", silo.Output, StringComparison.Ordinal);
        Assert.True(silo.Output.Split('\n').Count(line => !line.Contains(" info: ", StringComparison.Ordinal)) == 1, silo.Output);
    }
}
