namespace Orleans.Runtime;

/// <summary>What the runtime offers to the code inside a grain.</summary>
public interface IGrainRuntime
{
    /// <summary>The name of this silo.</summary>
    string SiloIdentity { get; }

    /// <summary>The address of this silo.</summary>
    SiloAddress SiloAddress { get; }

    /// <summary>Makes references to grains.</summary>
    IGrainFactory GrainFactory { get; }

    /// <summary>The services of the process.</summary>
    IServiceProvider ServiceProvider { get; }

    /// <summary>The clock.</summary>
    TimeProvider TimeProvider { get; }

    /// <summary>Ends an activation as soon as no request runs on it.</summary>
    /// <param name="grainContext">The activation.</param>
    void DeactivateOnIdle(IGrainContext grainContext);

    /// <summary>Keeps an idle activation from being collected.</summary>
    /// <param name="grainContext">The activation.</param>
    /// <param name="timeSpan">How long; zero or less takes an earlier request back.</param>
    void DelayDeactivation(IGrainContext grainContext, TimeSpan timeSpan);
}
