using System.Globalization;

namespace DlqCluster.Benchmarks.Subjects;

/// <summary>The bare minimum.</summary>
internal sealed class CeilingSubject(Place place) : Subject("ceiling", place)
{
    /// <inheritdoc/>
    public override bool HasSchedules => false;

    /// <inheritdoc/>
    public override bool Recovers => false;

    /// <inheritdoc/>
    protected override string ReadyPath => "/allocated";

    /// <inheritdoc/>
    public override async Task<double?> AllocatedBytesAsync() =>
        double.Parse(await Http.GetStringAsync("/allocated"), CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    protected override Task LaunchAsync((string Name, string Value)[] more)
    {
        Launch("dotnet", [Child.Own, Program.Ceiling, $"{Place.Port}", Place.Directory, Place.Target.AbsoluteUri, $"{Concurrency}"]);
        return Task.CompletedTask;
    }
}
