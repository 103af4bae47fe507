using System.Text.Json;
using DlqCluster.Cli.Commands;
using DlqCluster.Cli.Output;

namespace DlqCluster.Cli.Tests;

/// <summary>What the tables show is in the API's document.</summary>
public sealed class ColumnTests
{
    public static TheoryData<string, string[]> Tables => new()
    {
        { "Attempt", Paths(MessageCommands.AttemptColumns(default)) },
        { "Letter", Paths(LetterCommands.Columns(default)) },
        { "HistoryItem", Paths(LetterCommands.HistoryColumns) },
        { "LetterGroup", Paths(GroupCommands.Columns(default)) },
        { "ReplaySample", Paths(ReplayCommands.SampleColumns(default)) },
        { "ReplayJobView", Paths(ReplayJobCommands.Columns(default)) },
        { "BreakerView", Paths(BreakerCommands.Columns(default)) },
        { "BreakerTransition", Paths(BreakerCommands.TransitionColumns) },
        { "BreakerSummary", Paths(WatchPicture.BreakerColumns) },
        { "DownstreamAnswer", Paths(DownstreamCommands.Columns) },
        { "LaneView", Paths(LaneCommands.Columns(default)) },
        { "AuditEntry", Paths(OperateCommands.AuditColumns) },
        { "SettingAnswer", Paths(OperateCommands.SettingColumns) },
        { "KeyAnswer", Paths(KeyCommands.Columns(default)) },
        { "StoreHealth", Paths(HealthCommands.StoreColumns) },
        { "SiloAnswer", Paths(HealthCommands.SiloColumns) },
    };

    [Theory]
    [MemberData(nameof(Tables))]
    public void Every_column_is_a_member_of_what_the_api_answers(string schema, string[] paths)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs/openapi.json")));
        var schemas = document.RootElement.GetProperty("components").GetProperty("schemas");
        Assert.Equal([], paths.Where(path => !Has(schemas, schemas.GetProperty(schema), path.Split('.'))));
    }

    private static string[] Paths(IReadOnlyList<Column> columns) => [.. columns.Select(column => column.Path)];

    private static bool Has(JsonElement schemas, JsonElement schema, ReadOnlySpan<string> path)
    {
        while (true)
        {
            if (schema.TryGetProperty("oneOf", out var choices)) schema = choices.EnumerateArray().First(choice => choice.TryGetProperty("$ref", out _));
            if (schema.TryGetProperty("$ref", out var reference)) schema = schemas.GetProperty(reference.GetString()!.Split('/')[^1]);
            if (!schema.GetProperty("properties").TryGetProperty(path[0], out var member)) return false;
            if (path.Length == 1) return true;
            schema = member;
            path = path[1..];
        }
    }
}
