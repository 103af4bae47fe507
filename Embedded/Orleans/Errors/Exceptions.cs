namespace Orleans.Runtime
{
    /// <summary>What the runtime throws.</summary>
    [GenerateSerializer]
    public class OrleansException : Exception
    {
        /// <summary>Makes one without a message.</summary>
        public OrleansException()
            : base("Unexpected error.")
        {
        }

        /// <summary>Makes one.</summary>
        /// <param name="message">What went wrong.</param>
        public OrleansException(string message)
            : base(message)
        {
        }

        /// <summary>Makes one.</summary>
        /// <param name="message">What went wrong.</param>
        /// <param name="innerException">Why.</param>
        public OrleansException(string message, Exception innerException)
            : base(message, innerException)
        {
        }
    }

    /// <summary>A request was refused and did not run.</summary>
    [GenerateSerializer]
    public class OrleansMessageRejectionException : OrleansException
    {
        internal OrleansMessageRejectionException(string message)
            : base(message)
        {
        }

        internal OrleansMessageRejectionException(string message, Exception innerException)
            : base(message, innerException)
        {
        }
    }

    /// <summary>The silo does not run, or no longer.</summary>
    [GenerateSerializer]
    public sealed class SiloUnavailableException : OrleansMessageRejectionException
    {
        /// <summary>Makes one with a general message.</summary>
        public SiloUnavailableException()
            : base("The silo is unavailable.")
        {
        }

        /// <summary>Makes one.</summary>
        /// <param name="msg">What went wrong.</param>
        public SiloUnavailableException(string msg)
            : base(msg)
        {
        }

        /// <summary>Makes one.</summary>
        /// <param name="message">What went wrong.</param>
        /// <param name="innerException">Why.</param>
        public SiloUnavailableException(string message, Exception innerException)
            : base(message, innerException)
        {
        }
    }

    /// <summary>The runtime is configured in a way that cannot work.</summary>
    [GenerateSerializer]
    public sealed class OrleansConfigurationException : Exception
    {
        /// <summary>Makes one.</summary>
        /// <param name="message">What is wrong.</param>
        public OrleansConfigurationException(string message)
            : base(message)
        {
        }

        /// <summary>Makes one.</summary>
        /// <param name="message">What is wrong.</param>
        /// <param name="innerException">Why.</param>
        public OrleansConfigurationException(string message, Exception innerException)
            : base(message, innerException)
        {
        }
    }

    /// <summary>A reminder could not be registered or unregistered.</summary>
    /// <param name="message">What went wrong.</param>
    [GenerateSerializer]
    public sealed class ReminderException(string message) : OrleansException(message);
}

namespace Orleans.Storage
{
    /// <summary>A grain asks for a store that is not there.</summary>
    [GenerateSerializer]
    public sealed class BadProviderConfigException : Runtime.OrleansException
    {
        /// <summary>Makes one without a message.</summary>
        public BadProviderConfigException()
        {
        }

        /// <summary>Makes one.</summary>
        /// <param name="msg">What is wrong.</param>
        public BadProviderConfigException(string msg)
            : base(msg)
        {
        }

        /// <summary>Makes one.</summary>
        /// <param name="msg">What is wrong.</param>
        /// <param name="exc">Why.</param>
        public BadProviderConfigException(string msg, Exception exc)
            : base(msg, exc)
        {
        }
    }
}
