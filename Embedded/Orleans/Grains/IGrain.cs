using Orleans.Runtime;

namespace Orleans
{
    /// <summary>What every grain interface derives from.</summary>
    public interface IGrain : IAddressable;

    /// <summary>A grain whose key is a text.</summary>
    public interface IGrainWithStringKey : IGrain;

    /// <summary>A grain whose key is a number.</summary>
    public interface IGrainWithIntegerKey : IGrain;
}

namespace Orleans.Runtime
{
    /// <summary>Something that can be called by its identity.</summary>
    public interface IAddressable;
}
