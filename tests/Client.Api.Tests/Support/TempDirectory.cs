namespace DlqCluster.Api.Tests.Support;

/// <summary>A directory that goes when the test does.</summary>
internal sealed class TempDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("dlq-test-").FullName;

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // Somebody still writes there; the system clears its temporary directory by itself.
        }
    }
}
