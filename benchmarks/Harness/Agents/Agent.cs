using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace DlqCluster.Benchmarks.Agents;

/// <summary>A part of the harness in a process of its own: orders come in on its input, a line of JSON each; so do the answers go out.</summary>
internal abstract class Agent<TOrder, TReport>(JsonTypeInfo<TOrder> orders, JsonTypeInfo<TReport> reports)
{
    /// <summary>Obeys until the input ends, which it also does when the harness dies.</summary>
    public async Task RunAsync()
    {
        Start();
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var report = await ObeyAsync(JsonSerializer.Deserialize(line, orders)!);
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(report, reports));
        }
    }

    /// <summary>Gets ready.</summary>
    protected virtual void Start()
    {
    }

    /// <summary>Carries out an order.</summary>
    /// <param name="order">The order.</param>
    protected abstract Task<TReport> ObeyAsync(TOrder order);
}
