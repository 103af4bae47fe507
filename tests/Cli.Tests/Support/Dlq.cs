using System.Text;
using System.Text.Json;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Tests.Support;

/// <summary>What a command line came to.</summary>
internal sealed record Ended(ExitCode Code, string Out, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    public IReadOnlyList<JsonElement> Lines => [.. Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    public Ended Is(ExitCode code)
    {
        Assert.True(Code == code, $"expected {code}, got {this}");
        return this;
    }

    public override string ToString() => $"{Code}\n{Out}\n{Error}";
}

/// <summary>The <c>dlq</c> command in this process, pointed at a service.</summary>
internal sealed class Dlq(Uri? service)
{
    /// <summary>The environment.</summary>
    public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal) { ["HOME"] = "/nonexistent", ["DLQ_OPERATOR"] = "tess" };

    /// <summary>What is piped in.</summary>
    public string Input { get; set; } = "";

    /// <summary>The terminal's columns; null for a pipe.</summary>
    public int? Terminal { get; set; }

    public static Dlq At(ApiHost host) => new(host.Api.Address);

    public async Task<Ended> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var bytes = new MemoryStream();
        if (service is not null) Variables.TryAdd("DLQ_URL", service.ToString());
        var around = new Surroundings
        {
            Out = output,
            Error = error,
            In = () => new MemoryStream(Encoding.UTF8.GetBytes(Input)),
            OutBytes = () => bytes,
            Environment = name => Variables.GetValueOrDefault(name),
            OutIsTerminal = Terminal is not null,
            ErrorIsTerminal = Terminal is not null,
            Width = Terminal ?? int.MaxValue,
        };
        var code = await Tool.RunAsync(args, around);
        return new Ended(code, output + Encoding.UTF8.GetString(bytes.ToArray()), error.ToString());
    }

    public async Task<JsonElement> JsonAsync(params string[] args) => (await RunAsync([.. args, "--json"])).Is(ExitCode.Done).Json;
}

/// <summary>One service for the tests of a class that do not disturb each other.</summary>
public sealed class SharedService : IAsyncLifetime
{
    internal ApiHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Host = await ApiHost.StartAsync("Retry:BaseBackoffMs=20", "Retry:MaxBackoffMs=50", "Retry:MaxRetries=0");

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    /// <summary>A message that ended as a dead letter.</summary>
    internal async Task<string> LetterAsync(string source, string errorType = "VALIDATION_ERROR")
    {
        var sent = (await Host.Api.SubmitAsync($$"""{"payload":{"simulateError":true,"errorType":"{{errorType}}"},"source":"{{source}}"}""")).Is(202);
        await Host.Api.UntilStateAsync(sent.Id, "deadLettered");
        return sent.Id;
    }

    /// <summary>Messages that timed out at a downstream that has been mended since.</summary>
    internal async Task MendedLettersAsync(string source, int count)
    {
        (await Host.Api.PutAsync("/api/downstreams/" + source, """{"kind":"simulated","timeoutMs":10}""")).Is(201);
        for (var n = 0; n < count; n++)
        {
            var sent = (await Host.Api.SubmitAsync($$"""{"payload":{"latencyMs":20},"source":"{{source}}","target":"{{source}}"}""")).Is(202);
            await Host.Api.UntilStateAsync(sent.Id, "deadLettered");
        }

        (await Host.Api.PutAsync("/api/downstreams/" + source, """{"kind":"simulated"}""")).Is(200);
    }
}
