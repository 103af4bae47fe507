using DlqCluster.Cluster.Hosting;
using DlqCluster.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MongoDB.Bson;
using MongoDB.Driver;

namespace DlqCluster.Cluster.Mongo;

/// <summary>
/// The connection to MongoDB that everything in this process shares. The host waits with its start until MongoDB answers and the indexes
/// are there.
/// </summary>
public sealed partial class MongoConnection : AwaitedServer, IDisposable
{
    /// <summary>The collection of letters.</summary>
    public const string LettersCollection = "letters";

    /// <summary>The collection of operators' acts.</summary>
    public const string AuditCollection = "audit";

    /// <summary>The collection of what people say of groups of letters.</summary>
    public const string MarksCollection = "letterMarks";

    /// <summary>The collection that health checks write to.</summary>
    public const string HealthCollection = "health";


    private readonly ILogger<MongoConnection> _logger;

    /// <summary>Prepares a connection. Nothing is opened yet.</summary>
    /// <param name="options">Where MongoDB is.</param>
    /// <param name="logger">The log; null for none.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    public MongoConnection(IOptions<MongoOptions> options, ILogger<MongoConnection>? logger = null, TimeProvider? clock = null)
        : base(clock)
    {
        Options = options.Value;
        _logger = logger ?? NullLogger<MongoConnection>.Instance;
        var settings = Configure(Options);
        Endpoints = string.Join(", ", settings.Servers);
        Client = new MongoClient(settings);
        Database = Client.GetDatabase(Options.Database);
        Letters = Database.GetCollection<BsonDocument>(LettersCollection);
        Audit = Database.GetCollection<BsonDocument>(AuditCollection);
        Marks = Database.GetCollection<BsonDocument>(MarksCollection);
    }

    /// <summary>How MongoDB is reached and used.</summary>
    public MongoOptions Options { get; }

    /// <summary>Where MongoDB is, for messages; without secrets.</summary>
    public string Endpoints { get; }

    /// <summary>The client. Its reads and writes are those of a majority, from the primary.</summary>
    public IMongoClient Client { get; }

    /// <summary>The database.</summary>
    internal IMongoDatabase Database { get; }

    /// <summary>The letters.</summary>
    internal IMongoCollection<BsonDocument> Letters { get; }

    /// <summary>What people say of groups of letters.</summary>
    internal IMongoCollection<BsonDocument> Marks { get; }

    /// <summary>What operators did.</summary>
    internal IMongoCollection<BsonDocument> Audit { get; }

    /// <summary>How long a search may take.</summary>
    internal TimeSpan QueryTimeout => TimeSpan.FromMilliseconds(Options.QueryTimeoutMs);

    /// <summary>Makes the indexes that are missing.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="StorageUnavailableException">MongoDB does not answer, or refuses.</exception>
    public Task EnsureIndexesAsync(CancellationToken cancellationToken = default) => DoAsync(
        (Letters, Audit, cancellationToken),
        static async args =>
        {
            await args.Letters.Indexes.CreateManyAsync(LetterIndexes.Models, args.cancellationToken).ConfigureAwait(false);
            await args.Audit.Indexes.CreateManyAsync(AuditBson.Indexes, args.cancellationToken).ConfigureAwait(false);
            await EnsureUniqueAsync(args.Letters, args.cancellationToken).ConfigureAwait(false);
            return true;
        });

    /// <inheritdoc/>
    public void Dispose() => Client.Dispose();

    /// <summary>Does something, and turns whatever MongoDB or the way to it has against it into advice.</summary>
    /// <exception cref="StorageUnavailableException">It is not known whether it was done.</exception>
    internal async Task<TResult> DoAsync<TArgs, TResult>(TArgs args, Func<TArgs, Task<TResult>> act)
    {
        try
        {
            return await act(args).ConfigureAwait(false);
        }
        catch (Exception error) when (MongoFault.IsFault(error))
        {
            throw MongoFault.ToUnavailable(error, Endpoints);
        }
    }

    private protected override Task AskAsync(CancellationToken cancellationToken) => EnsureIndexesAsync(cancellationToken);

    private protected override void OnThere() => LogConnected(Endpoints, Options.Database);

    private protected override void OnWaiting(string reason) => LogWaiting(reason);

    internal static MongoClientSettings Configure(MongoOptions options)
    {
        var settings = MongoClientSettings.FromConnectionString(options.ConnectionString);
        var patience = TimeSpan.FromMilliseconds(options.OperationTimeoutMs);
        settings.ApplicationName ??= "Orleans.DlqCluster";
        settings.ConnectTimeout = TimeSpan.FromMilliseconds(options.ConnectTimeoutMs);
        settings.ServerSelectionTimeout = patience;
        settings.WaitQueueTimeout = patience;
        // MongoDB itself ends what takes too long; this is for a server that does not answer at all.
        settings.SocketTimeout = patience + TimeSpan.FromMilliseconds(options.QueryTimeoutMs);
        settings.MaxConnectionPoolSize = options.MaxConnections;
        // The driver would let five wait for each connection, and refuse the rest of a burst that is through in a second. It calls the
        // setting obsolete and obeys it.
#pragma warning disable CS0618
        settings.WaitQueueSize = options.MaxWaiting;
#pragma warning restore CS0618
        settings.RetryReads = true;
        settings.RetryWrites = true;
        // A write that a majority has survives any failover. What is read must survive one as well: a partition that finds a letter there
        // tells its message so, and the message then forgets its payload.
        settings.WriteConcern = WriteConcern.WMajority.With(wTimeout: patience, journal: true);
        settings.ReadConcern = ReadConcern.Majority;
        settings.ReadPreference = ReadPreference.Primary;
        return settings;
    }

    // A collection that is sharded by hash may have no unique index but that of _id, which holds the same value.
    private static async Task EnsureUniqueAsync(IMongoCollection<BsonDocument> letters, CancellationToken cancellationToken)
    {
        try
        {
            await letters.Indexes.CreateOneAsync(LetterIndexes.UniqueMessageId, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (MongoCommandException error) when (error.Code == MongoFault.CannotCreateIndex)
        {
        }
    }

    [LoggerMessage(7003, LogLevel.Information, "Connected to MongoDB at {Endpoints}, database '{Database}'; its indexes are there.")]
    private partial void LogConnected(string endpoints, string database);

    [LoggerMessage(7004, LogLevel.Warning, "Waiting for MongoDB. {Reason}")]
    private partial void LogWaiting(string reason);
}
