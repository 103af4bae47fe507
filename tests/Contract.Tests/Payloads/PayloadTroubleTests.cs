using DlqCluster.Sqlite.Payloads;

namespace DlqCluster.Contract.Tests.Payloads;

/// <summary>How long it is remembered that the disk refused a payload.</summary>
public sealed class PayloadTroubleTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("dlq-").FullName;
    private readonly PayloadFiles _files;
    private readonly PayloadTrouble _trouble;

    public PayloadTroubleTests()
    {
        _files = new PayloadFiles(Path.Combine(_directory, "payloads"));
        _trouble = new PayloadTrouble(_files);
    }

    private string Unfinished => Path.Combine(_directory, "payloads", "unfinished");

    [Fact]
    public void What_was_refused_is_told_until_it_could_be_written()
    {
        Assert.Null(_trouble.Try());
        _trouble.Note(1_000, "It is full.");
        // There is no directory to write to.
        Assert.EndsWith("It is full.", _trouble.Try(), StringComparison.Ordinal);
        Assert.EndsWith("It is full.", _trouble.Try(), StringComparison.Ordinal);

        _files.Prepare(DateTime.MaxValue);
        Assert.Null(_trouble.Try());
        Assert.Empty(Directory.GetFiles(Unfinished));
        Directory.Delete(Unfinished);
        Assert.Null(_trouble.Try());
    }

    [Theory]
    [InlineData(999, false)]
    [InlineData(1_000, true)]
    public void Only_a_payload_as_large_shows_that_it_is_over(int bytes, bool isOver)
    {
        _trouble.Note(1_000, "It is full.");
        _trouble.Note(bytes, null);

        Assert.Equal(isOver, _trouble.Try() is null);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
