namespace DlqCluster.Embedded;

/// <summary>
/// The activations that may be idle by a certain time. An activation is in one bucket at most and leaves it without a search.
/// </summary>
internal sealed class IdleBucket
{
    private Link? _first;

    /// <summary>Adds an activation.</summary>
    /// <param name="activation">The activation.</param>
    public void Add(Activation activation)
    {
        var link = activation.IdleLink;
        link.Bucket = this;
        link.Activation = activation;
        link.Previous = null;
        link.Next = _first;
        if (_first is not null) _first.Previous = link;
        _first = link;
    }

    /// <summary>Removes an activation that is in this bucket.</summary>
    /// <param name="link">Its link.</param>
    public void Remove(Link link)
    {
        if (link.Previous is null) _first = link.Next;
        else link.Previous.Next = link.Next;
        if (link.Next is not null) link.Next.Previous = link.Previous;
        link.Previous = link.Next = null;
        link.Bucket = null;
    }

    /// <summary>Removes all.</summary>
    /// <returns>All, in the order in which they were made.</returns>
    public List<Activation> Drain()
    {
        var all = new List<Activation>();
        while (_first is { } link)
        {
            Remove(link);
            all.Add(link.Activation!);
        }

        all.Sort(static (one, other) => one.Number.CompareTo(other.Number));
        return all;
    }

    /// <summary>An activation's place in its bucket.</summary>
    internal sealed class Link
    {
        public IdleBucket? Bucket { get; set; }

        public Activation? Activation { get; set; }

        public Link? Previous { get; set; }

        public Link? Next { get; set; }
    }
}
