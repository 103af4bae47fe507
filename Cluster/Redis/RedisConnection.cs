using System.Net;
using DlqCluster.Cluster.Hosting;
using DlqCluster.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace DlqCluster.Cluster.Redis;

/// <summary>
/// The connection to Redis that everything in this process shares; commands of all callers are pipelined over it. The host waits with its
/// start until Redis answers. From then on a lost connection comes back by itself, and meanwhile whatever needs it fails at once.
/// </summary>
public sealed partial class RedisConnection : AwaitedServer, IAsyncDisposable
{
    private const int ReconnectIntervalMs = 500;

    private readonly ConfigurationOptions _configuration;
    private readonly ILogger<RedisConnection> _logger;
    private readonly Lazy<Task<ConnectionMultiplexer>> _multiplexer;

    /// <summary>Prepares a connection. Nothing is opened yet.</summary>
    /// <param name="options">Where Redis is.</param>
    /// <param name="logger">The log; null for none.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    /// <exception cref="ArgumentException">The connection string cannot be read.</exception>
    public RedisConnection(IOptions<RedisOptions> options, ILogger<RedisConnection>? logger = null, TimeProvider? clock = null)
        : base(clock)
    {
        Options = options.Value;
        _logger = logger ?? NullLogger<RedisConnection>.Instance;
        _configuration = Configure(Options);
        Endpoints = string.Join(", ", _configuration.EndPoints.Select(Name));
        _multiplexer = new Lazy<Task<ConnectionMultiplexer>>(() => ConnectionMultiplexer.ConnectAsync(_configuration));
    }

    /// <summary>How Redis is reached and used.</summary>
    public RedisOptions Options { get; }

    /// <summary>Where Redis is, for messages; without secrets.</summary>
    public string Endpoints { get; }

    /// <summary>The multiplexer, opened at the first call. It may be disconnected.</summary>
    public Task<ConnectionMultiplexer> GetAsync() => _multiplexer.Value;

    /// <summary>Does something, and turns whatever Redis or the way to it has against it into advice.</summary>
    /// <typeparam name="TArgs">What it needs.</typeparam>
    /// <typeparam name="TResult">What comes of it.</typeparam>
    /// <param name="args">What it needs.</param>
    /// <param name="act">What to do.</param>
    /// <exception cref="StorageUnavailableException">It is not known whether it was done.</exception>
    internal async Task<TResult> DoAsync<TArgs, TResult>(TArgs args, Func<ConnectionMultiplexer, TArgs, Task<TResult>> act)
    {
        try
        {
            var multiplexer = await GetAsync().ConfigureAwait(false);
            return await act(multiplexer, args).ConfigureAwait(false);
        }
        catch (Exception error) when (RedisFault.IsFault(error))
        {
            throw RedisFault.ToUnavailable(error, Endpoints, Options.OperationTimeoutMs);
        }
    }

    /// <summary>Runs a script. The server keeps it: it is sent once, then called by its hash.</summary>
    internal Task<RedisResult> EvaluateAsync(string script, RedisKey[] keys, params RedisValue[] values) =>
        DoAsync((script, keys, values), static (multiplexer, call) =>
            multiplexer.GetDatabase().ScriptEvaluateAsync(call.script, call.keys, call.values));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_multiplexer.IsValueCreated) return;
        var multiplexer = await _multiplexer.Value.ConfigureAwait(false);
        await multiplexer.DisposeAsync().ConfigureAwait(false);
    }

    private protected override Task AskAsync(CancellationToken cancellationToken) => DoAsync(0, static (multiplexer, _) => multiplexer.GetDatabase().PingAsync());

    private protected override void OnThere() => LogConnected(Endpoints);

    private protected override void OnWaiting(string reason) => LogWaiting(reason);

    /// <summary>How everything in this process connects to Redis.</summary>
    /// <param name="options">Where Redis is, and how it is used.</param>
    /// <exception cref="ArgumentException">The connection string cannot be read.</exception>
    internal static ConfigurationOptions Configure(RedisOptions options)
    {
        if (!RedisConnectionString.TryParse(options.ConnectionString, out var configuration))
            throw new ArgumentException($"{RedisOptions.Section}:{nameof(RedisOptions.ConnectionString)} cannot be read.", nameof(options));
        configuration.AbortOnConnectFail = false;
        configuration.ConnectTimeout = options.ConnectTimeoutMs;
        configuration.AsyncTimeout = options.OperationTimeoutMs;
        configuration.SyncTimeout = options.OperationTimeoutMs;
        configuration.ReconnectRetryPolicy = new LinearRetry(ReconnectIntervalMs);
        // While Redis is away callers are told so at once: what waits in memory for it would be neither durable nor bounded.
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        return configuration;
    }

    private static string Name(EndPoint endpoint) => endpoint is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : $"{endpoint}";

    [LoggerMessage(7007, LogLevel.Information, "Connected to Redis at {Endpoints}.")]
    private partial void LogConnected(string endpoints);

    [LoggerMessage(7008, LogLevel.Warning, "Waiting for Redis. {Reason}")]
    private partial void LogWaiting(string reason);
}
