using System.ComponentModel.DataAnnotations;
using System.Net;
using DlqCluster.Cluster.Mongo;
using MongoDB.Bson;
using MongoDB.Driver;
using MongoDB.Driver.Core.Clusters;
using MongoDB.Driver.Core.Connections;
using MongoDB.Driver.Core.Servers;

namespace DlqCluster.Cluster.Tests.Mongo;

public sealed class MongoFaultTests
{
    private static readonly ConnectionId _connection = new(new ServerId(new ClusterId(1), new DnsEndPoint("m1", 27017)));

    [Theory]
    [InlineData(13, "readWrite")]
    [InlineData(14_031, "disk space")]
    [InlineData(85, "drop it")]
    [InlineData(10_334, "16 MiB")]
    [InlineData(9_999, "reports error 9999: because")]
    public void What_a_server_says_becomes_advice(int code, string advice) => Expect(advice, Command(code));

    [Fact]
    public void What_the_driver_says_becomes_advice()
    {
        Expect("cannot be reached", new TimeoutException("A timeout occurred after 5000ms selecting a server"));
        Expect("Mongo:MaxConnections", new TimeoutException("Timed out waiting for a connection after 5000ms."));
        Expect("Mongo:MaxConnections", new TimeoutException("Timed out after 5000ms waiting for a connection from the connection pool."));
        Expect("Mongo:MaxWaiting", new MongoWaitQueueFullException("The wait queue for acquiring a connection to server m1 is full."));
        Expect("cannot be reached", new MongoConnectionException(_connection, "gone"));
        Expect("credentials", new MongoAuthenticationException(_connection, "no"));
        Expect("failover", new MongoNotPrimaryException(_connection, [], []));
        Expect("Mongo:QueryTimeoutMs", new MongoExecutionTimeoutException(_connection, "slow"));
        Expect("majority", new MongoWriteConcernException(_connection, "late", new WriteConcernResult([])));
        // This is how the driver reports it for what writes letters: with nothing wrong but that.
        Expect("majority", new MongoWriteException(_connection, null, null, null));
        Expect("majority", new MongoBulkWriteException<BsonDocument>(_connection, new BulkWriteResult<BsonDocument>.Unacknowledged(1, []), [], null, []));
        Expect("cannot be reached", new MongoConnectionPoolPausedException("The connection pool is in paused state for server m1."));
        Expect("stopping", new ObjectDisposedException("client"));
        Expect("16 MiB", new FormatException("Size 17000000 is larger than MaxDocumentSize 16777216."));
        Assert.False(MongoFault.IsFault(new FormatException("'dlq_later' is not a LetterStatus.")));
        Assert.False(MongoFault.IsFault(new ArgumentException("other")));
    }

    [Fact]
    public void Reads_and_writes_are_those_of_a_majority_whatever_the_connection_string_says()
    {
        var settings = MongoConnection.Configure(new MongoOptions
        {
            ConnectionString = "mongodb://a/?w=1&readConcernLevel=local&readPreference=secondary&retryWrites=false&tls=true",
            OperationTimeoutMs = 700,
        });
        Assert.Equal("majority", $"{settings.WriteConcern.W}");
        Assert.Equal((true, TimeSpan.FromMilliseconds(700)), (settings.WriteConcern.Journal, settings.WriteConcern.WTimeout));
        Assert.Equal((ReadConcern.Majority, ReadPreference.Primary), (settings.ReadConcern, settings.ReadPreference));
        Assert.Equal((true, true), (settings.RetryWrites, settings.UseTls));
        Assert.Equal(TimeSpan.FromMilliseconds(700), settings.ServerSelectionTimeout);
    }

    [Fact]
    public void A_burst_may_wait()
    {
        var settings = MongoConnection.Configure(new MongoOptions { ConnectionString = "mongodb://a/?waitQueueMultiple=1", MaxConnections = 7, MaxWaiting = 900 });
#pragma warning disable CS0618
        Assert.Equal((7, 900), (settings.MaxConnectionPoolSize, settings.WaitQueueSize));
#pragma warning restore CS0618
    }

    [Fact]
    public void A_replica_set_is_named_by_its_members()
    {
        var settings = MongoConnection.Configure(new MongoOptions { ConnectionString = "mongodb://u:p%40w@a,b:27018/?replicaSet=rs0&authSource=admin" });
        Assert.Equal(("rs0", "a:27017 b:27018", false), (settings.ReplicaSetName, string.Join(' ', settings.Servers), settings.UseTls));
        Assert.Equal(("u", "admin"), (settings.Credential.Username, settings.Credential.Source));
    }

    [Theory]
    [InlineData("mongodb+srv://u:p@cluster.example.com/?retryWrites=true&w=majority", true)]
    [InlineData("mongodb://a,b,c/?replicaSet=rs0&tls=true&readPreference=secondary", true)]
    [InlineData("mongodb+srv://a,b/", false)]
    [InlineData("mongodb://a/?w=few", true)]
    [InlineData("http://a/", false)]
    public void Both_forms_of_a_connection_string_can_be_read(string text, bool isGood) =>
        Assert.Equal(isGood, !new MongoOptions { ConnectionString = text }.Validate(new ValidationContext(text)).Any());

    private static void Expect(string advice, Exception error)
    {
        Assert.True(MongoFault.IsFault(error));
        var unavailable = MongoFault.ToUnavailable(error, "m1:27017");
        Assert.Contains(advice, unavailable.Message, StringComparison.Ordinal);
        Assert.Same(error, unavailable.InnerException);
    }

    private static MongoCommandException Command(int code) =>
        new(_connection, "failed", [], new BsonDocument { { "ok", 0 }, { "code", code }, { "errmsg", "because" } });
}
