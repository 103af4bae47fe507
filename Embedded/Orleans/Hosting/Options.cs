namespace Orleans.Configuration
{
    /// <summary>When idle activations go.</summary>
    public class GrainCollectionOptions
    {
        /// <summary>The default of <see cref="CollectionQuantum"/>.</summary>
        public static readonly TimeSpan DEFAULT_COLLECTION_QUANTUM = TimeSpan.FromMinutes(1);

        /// <summary>The default of <see cref="ActivationTimeout"/>.</summary>
        public static readonly TimeSpan DEFAULT_ACTIVATION_TIMEOUT = TimeSpan.FromSeconds(30);

        /// <summary>The default of <see cref="DeactivationTimeout"/>.</summary>
        public static readonly TimeSpan DEFAULT_DEACTIVATION_TIMEOUT = TimeSpan.FromSeconds(30);

        /// <summary>How often idle activations are looked for. Default: 1 minute.</summary>
        public TimeSpan CollectionQuantum { get; set; } = DEFAULT_COLLECTION_QUANTUM;

        /// <summary>How long an activation stays when it is idle. Default: 15 minutes.</summary>
        public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(15);

        /// <summary>As <see cref="CollectionAge"/>, by the full name of the grain class.</summary>
        public Dictionary<string, TimeSpan> ClassSpecificCollectionAge { get; set; } = [];

        /// <summary>How long a grain may take to activate, reading its state included. Default: 30 s.</summary>
        public TimeSpan ActivationTimeout { get; set; } = DEFAULT_ACTIVATION_TIMEOUT;

        /// <summary>How long a grain may take to deactivate. Default: 30 s.</summary>
        public TimeSpan DeactivationTimeout { get; set; } = DEFAULT_DEACTIVATION_TIMEOUT;
    }

    /// <summary>Limits of calls.</summary>
    public abstract class MessagingOptions
    {
        /// <summary>How long a caller waits for an answer. Default: 30 s.</summary>
        public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);
    }

    /// <summary>Limits of calls inside a silo.</summary>
    public class SiloMessagingOptions : MessagingOptions
    {
        /// <summary>How often a request may be passed on to a fresh activation before it is refused. Default: 2.</summary>
        public int MaxForwardCount { get; set; } = 2;
    }
}

namespace Orleans.Hosting
{
    /// <summary>Limits of reminders.</summary>
    public sealed class ReminderOptions
    {
        /// <summary>The shortest allowed period. Default: 1 minute.</summary>
        public TimeSpan MinimumReminderPeriod { get; set; } = TimeSpan.FromMinutes(1);

        /// <summary>How often the reminders are read anew. Default: 5 minutes.</summary>
        public TimeSpan RefreshReminderListPeriod { get; set; } = TimeSpan.FromMinutes(5);

        /// <summary>How long the store of reminders may take to open. Default: 5 minutes.</summary>
        public TimeSpan InitializationTimeout { get; set; } = TimeSpan.FromMinutes(5);
    }
}
