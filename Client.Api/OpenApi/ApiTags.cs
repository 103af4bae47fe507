namespace DlqCluster.Api.OpenApi;

/// <summary>The subjects that the API document sorts its operations by, in the order in which it shows them. A test fails for one that is missing.</summary>
internal static class ApiTags
{
    /// <summary>Their names, and what they are about.</summary>
    public static IReadOnlyList<(string Name, string Description)> All { get; } =
    [
        ("Messages", "Hand messages in, look how they fare, cancel them."),
        ("Conversations", "Messages between people: in order, with receipts."),
        ("Notifications", "Messages to people, when and by which channels they want them."),
        ("Dead letters", "What could not be delivered: find it, group it, correct it, replay it, settle it."),
        ("Replays", "Replays of many dead letters at once, paced."),
        ("Ordering", "What waits because of an ordering key, and how to let it go on."),
        ("Downstreams", "Where messages go, and how."),
        ("Circuit breakers", "What is left in peace for now, and why."),
        ("Administration", "What operators do: stop, go on, look after, copy, and see who did what."),
        ("Keys", "API keys, and who one is."),
        ("Live", "The service in numbers, as it works."),
        ("Health", "Whether it works, for probes and for people."),
        ("Metrics", "All that is measured, for Prometheus."),
    ];
}
