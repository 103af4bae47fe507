using System.Collections.Frozen;
using Microsoft.AspNetCore.StaticFiles;

namespace DlqCluster.Api.Consoles;

/// <summary>The built console, in memory: a few hundred kilobytes, most of it compressed when it was built.</summary>
internal sealed class ConsoleFiles
{
    private const string Index = "index.html";
    private const string Brotli = ".br";
    private const string Gzip = ".gz";

    private static readonly FileExtensionContentTypeProvider _types = new();

    private readonly FrozenDictionary<string, ConsoleFile> _files;

    /// <summary>Reads it.</summary>
    /// <param name="options">Where it is.</param>
    public ConsoleFiles(IOptions<ConsoleOptions> options)
    {
        var directory = Path.GetFullPath(options.Value.Directory, AppContext.BaseDirectory);
        var files = Directory.Exists(directory) ? Directory.GetFiles(directory, "*", SearchOption.AllDirectories) : [];
        _files = files.Where(IsOriginal).ToFrozenDictionary(
            path => Path.GetRelativePath(directory, path).Replace('\\', '/'), Read, StringComparer.Ordinal);
        Page = _files.TryGetValue(Index, out var page) ? System.Text.Encoding.UTF8.GetString(page.Plain) : null;
    }

    /// <summary>The page that every address of the console answers with; null where it was not built.</summary>
    public string? Page { get; }

    /// <summary>A file beside the page.</summary>
    /// <param name="path">Its path.</param>
    public ConsoleFile? Find(string path) => path == Index ? null : _files.GetValueOrDefault(path);

    private static bool IsOriginal(string path) => !path.EndsWith(Brotli, StringComparison.Ordinal) && !path.EndsWith(Gzip, StringComparison.Ordinal);

    private static ConsoleFile Read(string path) => new(
        _types.TryGetContentType(path, out var type) ? type : "application/octet-stream",
        File.ReadAllBytes(path),
        ReadIfThere(path + Brotli),
        ReadIfThere(path + Gzip));

    private static byte[]? ReadIfThere(string path) => File.Exists(path) ? File.ReadAllBytes(path) : null;
}

/// <summary>A file of the console.</summary>
/// <param name="ContentType">Its media type.</param>
/// <param name="Plain">Its bytes.</param>
/// <param name="Brotli">The same, compressed.</param>
/// <param name="Gzip">The same, compressed for older browsers.</param>
internal sealed record ConsoleFile(string ContentType, byte[] Plain, byte[]? Brotli, byte[]? Gzip);
