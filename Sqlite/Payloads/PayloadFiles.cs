using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace DlqCluster.Sqlite.Payloads;

/// <summary>
/// Where payloads lie: <c>payloads/5c/{key}</c>, in 256 directories by the hash of the key, so that none grows too large. What is being written
/// lies in <c>payloads/unfinished</c> and is moved when it is whole.
/// </summary>
/// <param name="root">The directory of all.</param>
internal sealed partial class PayloadFiles(string root)
{
    /// <summary>How many directories there are.</summary>
    public const int Buckets = 256;

    private const string Unfinished = "unfinished";

    private long _written;

    /// <summary>Makes the directories, and removes what an earlier run did not finish.</summary>
    /// <param name="unfinishedBefore">What other processes may still be writing is younger than this.</param>
    public void Prepare(DateTime unfinishedBefore)
    {
        var unfinished = Directory.CreateDirectory(Path.Combine(root, Unfinished));
        for (var bucket = 0; bucket < Buckets; bucket++) Directory.CreateDirectory(DirectoryOf(bucket));
        DirectoryFlush.Flush(root);
        DirectoryFlush.Flush(Path.GetDirectoryName(root)!);
        foreach (var file in unfinished.EnumerateFiles())
            if (file.LastWriteTimeUtc < unfinishedBefore) file.Delete();
    }

    /// <summary>The directory that a key belongs to, 0 to 255.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="ArgumentException">It is no key of ours: it could lead elsewhere.</exception>
    public static int BucketOf(string key)
    {
        if (!Form().IsMatch(key)) throw new ArgumentException($"'{key}' is not the key of a payload.", nameof(key));
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.ASCII.GetBytes(key), hash);
        return hash[0];
    }

    /// <summary>A directory's path.</summary>
    /// <param name="bucket">The directory.</param>
    public string DirectoryOf(int bucket) => Path.Combine(root, bucket.ToString("x2", CultureInfo.InvariantCulture));

    /// <summary>A payload's path.</summary>
    /// <param name="key">Its key.</param>
    public string PathOf(string key) => Path.Combine(DirectoryOf(BucketOf(key)), key);

    /// <summary>Writes a payload to where unfinished ones lie, durably but under no lasting name.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="content">Its bytes.</param>
    /// <returns>Its path.</returns>
    public string Write(string key, ReadOnlyMemory<byte> content)
    {
        var path = Path.Combine(root, Unfinished, string.Create(CultureInfo.InvariantCulture, $"{key}.{Environment.ProcessId}.{Interlocked.Increment(ref _written)}"));
        try
        {
            using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.None);
            RandomAccess.Write(file, content.Span, 0);
            RandomAccess.FlushToDisk(file);
            return path;
        }
        catch
        {
            Forget(path);
            throw;
        }
    }

    /// <summary>Removes a file that is of no use, if that can be done.</summary>
    /// <param name="path">The file.</param>
    public static void Forget(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (IOException)
        {
            // The next start removes it.
        }
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9.-]{0,200}$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
