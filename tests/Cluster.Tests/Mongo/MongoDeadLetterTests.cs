using DlqCluster.Cluster.Mongo;
using DlqCluster.Contract.Tests.DeadLetters;
using DlqCluster.DeadLetters;
using DlqCluster.Storage;
using MongoDB.Bson;
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
    public async Task Numbers_and_groups_are_counted_without_reading_a_letter()
    {
        for (var number = 0; number < 30; number++) await Store.PutAsync(number % 3, Letter(number), 0);
        BsonDocument[][] counts =
        [
            LetterNumbers.Pending(), LetterNumbers.Replays(), LetterNumbers.Top("status", 5), LetterNumbers.Top("errorType", 10), LetterNumbers.Top("metadata.source", 50),
            .. Enum.GetValues<LetterGroupKind>().Select(kind => GroupBson.Stages(new LetterGroupQuery { Kind = kind })),
        ];
        foreach (var stages in counts)
        {
            var plans = PlansIn(await ExplainAsync(stages)).ToList();
            Assert.NotEmpty(plans);
            Assert.All(plans, plan => Assert.DoesNotContain(StagesIn(plan), stage => stage is "FETCH" or "COLLSCAN"));
        }
    }

    [Fact]
    public async Task A_letters_words_are_stored_though_no_read_brings_them()
    {
        await Store.PutAsync(0, Letter(1), 0);
        var document = await mongo.Connection.Letters.Find(new BsonDocument("_id", Id(1).Value)).SingleAsync();
        Assert.Contains("refused", document["words"].AsBsonArray.Select(word => word.AsString));
    }

    private async Task<BsonDocument> ExplainAsync(BsonDocument[] stages)
    {
        var asked = new BsonDocument { { "aggregate", MongoConnection.LettersCollection }, { "pipeline", new BsonArray(stages) }, { "cursor", new BsonDocument() } };
        try
        {
            return await mongo.Connection.Database.RunCommandAsync<BsonDocument>(new BsonDocument { { "explain", asked }, { "verbosity", "queryPlanner" } });
        }
        catch (MongoCommandException error) when (error.CodeName == "CommandNotFound")
        {
            Assert.Skip("This is not MongoDB: it does not explain what it does.");
            throw;
        }
    }

    private static IEnumerable<BsonValue> PlansIn(BsonValue explained) => All(explained).Where(element => element.Name == "winningPlan").Select(element => element.Value);

    private static IEnumerable<string> StagesIn(BsonValue plan) =>
        All(plan).Where(element => element is { Name: "stage", Value: BsonString }).Select(element => element.Value.AsString);

    // Everything in a document, however deep.
    private static IEnumerable<BsonElement> All(BsonValue value) => value switch
    {
        BsonDocument document => document.Elements.Concat(document.Values.SelectMany(All)),
        BsonArray array => array.SelectMany(All),
        _ => [],
    };
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
