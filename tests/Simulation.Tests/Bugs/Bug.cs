using DlqCluster.Downstreams;
using DlqCluster.Simulation.Silos;
using DlqCluster.Simulation.Stores;
using Microsoft.Extensions.DependencyInjection;

namespace DlqCluster.Simulation.Bugs;

/// <summary>
/// A deliberate mistake, made outside of the product: in what goes through its ports, between its grains, or in its services. The base class
/// makes none.
/// </summary>
internal class Bug
{
    /// <summary>No mistake.</summary>
    public static Bug None { get; } = new();

    /// <summary>What it is called on the command line.</summary>
    public string Name => GetType().Name;

    /// <summary>The world that it is in; one at a time.</summary>
    protected World World { get; private set; } = null!;

    /// <summary>Enters a world.</summary>
    public virtual void Enter(World world) => World = world;

    /// <summary>Changes a silo's services.</summary>
    public virtual void Configure(IServiceCollection services)
    {
    }

    /// <summary>Changes a call of a grain.</summary>
    public virtual GrainCall OnCall(GrainCall call) => call;

    /// <summary>Whether a call is answered without being made.</summary>
    public virtual bool Swallows(GrainCall call) => false;

    /// <summary>Changes a grain's answer.</summary>
    public virtual T OnAnswer<T>(GrainCall call, T answer) => answer;

    /// <summary>Changes what an operation of a store does.</summary>
    /// <param name="call">The operation.</param>
    /// <param name="act">What it does.</param>
    public virtual Func<T> OnStore<T>(StoreCall call, Func<T> act) => act;

    /// <summary>Changes the etag that a state is written with.</summary>
    /// <param name="expected">What the grain expects.</param>
    /// <param name="stored">What is stored.</param>
    public virtual string? OnETag(string? expected, string? stored) => expected;

    /// <summary>Changes how messages are sent.</summary>
    public virtual IDownstreamSender Wrap(IDownstreamSender sender) => sender;
}
