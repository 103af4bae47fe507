namespace DlqCluster.Hosting;

/// <summary>The configuration has a value that cannot be used. The message names the setting and says what is allowed.</summary>
public sealed class InvalidConfigurationException : Exception
{
    /// <summary>Makes one without a message.</summary>
    public InvalidConfigurationException()
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="message">Which setting, and what is allowed.</param>
    public InvalidConfigurationException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="message">Which setting, and what is allowed.</param>
    /// <param name="innerException">What found it.</param>
    public InvalidConfigurationException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
