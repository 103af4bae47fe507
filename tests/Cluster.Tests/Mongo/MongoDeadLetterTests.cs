using DlqCluster.Cluster.Mongo;
using DlqCluster.Contract.Tests.DeadLetters;
using DlqCluster.DeadLetters;
using DlqCluster.Storage;
using MongoDB.Driver;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Cluster.Tests.Mongo;

public sealed class MongoDeadLetterTests(MongoFixture mongo) : DeadLetterContract, IClassFixture<MongoFixture>
{
    protected override IDeadLetterStore Store { get; } = mongo.EmptyStore();

    [Fact]
    public async Task Indexes_that_are_there_are_made_again_without_harm()
    {
        await mongo.Connection.EnsureIndexesAsync();
        await mongo.Connection.EnsureIndexesAsync();
        using var indexes = await mongo.Connection.Letters.Indexes.ListAsync();
        var names = (await indexes.ToListAsync()).Select(index => index["name"].AsString).ToHashSet();
        Assert.All(LetterIndexes.Models.Append(LetterIndexes.UniqueMessageId), model => Assert.Contains(model.Options.Name, names));
    }

    [Fact]
    public async Task It_is_healthy_and_says_how_durable_it_is()
    {
        var health = new MongoHealth(mongo.Connection);
        Assert.Null(await health.CheckAsync());
        Assert.NotNull(health.Durability);
    }

    [Fact]
    public async Task A_letter_that_is_too_large_says_so_and_changes_nothing()
    {
        await Store.PutAsync(0, Letter(1), 0);
        var large = Letter(1, $"\"{new string('x', 17_000_000)}\"");
        var error = await Assert.ThrowsAsync<StorageUnavailableException>(() => Store.PutAsync(0, large, 1));
        Assert.Contains("16 MiB", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, await Store.PutAsync(0, Letter(1), 1));
    }

    [Fact]
    public async Task A_letters_words_are_stored_though_no_read_brings_them()
    {
        await Store.PutAsync(0, Letter(1), 0);
        var document = await mongo.Connection.Letters.Find(new MongoDB.Bson.BsonDocument("_id", Id(1).Value)).SingleAsync();
        Assert.Contains("refused", document["words"].AsBsonArray.Select(word => word.AsString));
    }
}

public sealed class MongoDeadLetterQueryTests(MongoFixture mongo) : DeadLetterQueryContract, IClassFixture<MongoFixture>
{
    protected override IDeadLetterStore Store { get; } = mongo.EmptyStore();
}

public sealed class MongoLetterSelectionTests(MongoFixture mongo) : LetterSelectionContract, IClassFixture<MongoFixture>
{
    protected override IDeadLetterStore Store { get; } = mongo.EmptyStore();
}

public sealed class MongoLetterProperties : LetterProperties, IClassFixture<MongoFixture>
{
    private readonly MongoFixture _mongo;

    public MongoLetterProperties(MongoFixture mongo)
    {
        MongoFixture.Need();
        _mongo = mongo;
    }

    protected override IDeadLetterStore Empty() => _mongo.EmptyStore();
}

public sealed class MongoDeadLetterUpkeepTests(MongoFixture mongo) : DeadLetterUpkeepContract, IClassFixture<MongoFixture>
{
    protected override IDeadLetterStore Store { get; } = mongo.EmptyStore();
}

public sealed class MongoLetterGroupTests(MongoFixture mongo) : LetterGroupContract, IClassFixture<MongoFixture>
{
    protected override IDeadLetterStore Letters { get; } = mongo.EmptyStore();

    protected override ILetterGroups Groups { get; } = mongo.EmptyGroups();
}
