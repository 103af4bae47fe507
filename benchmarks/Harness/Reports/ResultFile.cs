using System.Text.Json;
using System.Text.Json.Serialization;

namespace DlqCluster.Benchmarks.Reports;

/// <summary>The figures as JSON: every run's, so that others can reckon with them.</summary>
internal static class ResultFile
{
    /// <summary>Writes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="results">The figures.</param>
    /// <param name="setting">Where they were taken.</param>
    public static async Task WriteAsync(string path, Figures results, Setting setting)
    {
        await using var file = File.Create(path);
        await JsonSerializer.SerializeAsync(file, new Document(setting, results.Lines), ResultJson.Default.Document);
        await Console.Error.WriteLineAsync($"The figures are in {path}");
    }
}

/// <summary>What is in the file.</summary>
internal sealed record Document(Setting Setting, IReadOnlyList<Line> Lines);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(Document))]
internal sealed partial class ResultJson : JsonSerializerContext;
