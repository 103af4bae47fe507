using DlqCluster.Benchmarks.Subjects;

namespace DlqCluster.Benchmarks.Measures;

/// <summary>A figure of one run.</summary>
/// <param name="Name">What it is, with its unit.</param>
/// <param name="Value">The value.</param>
/// <param name="MoreIsBetter">Which way is up; null for what is only noted.</param>
internal sealed record Figure(string Name, double Value, bool? MoreIsBetter = false);

/// <summary>Something that is measured.</summary>
internal abstract class Measure(string name)
{
    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>Whether a subject is started anew for it, with empty stores.</summary>
    public virtual bool WantsFresh => false;

    /// <summary>Whether a subject can do it.</summary>
    /// <param name="subject">The subject.</param>
    public virtual bool Suits(Subject subject) => true;

    /// <summary>Measures.</summary>
    /// <param name="subject">The subject, which runs.</param>
    /// <param name="rig">The rest.</param>
    public abstract Task<List<Figure>> RunAsync(Subject subject, Rig rig);
}
