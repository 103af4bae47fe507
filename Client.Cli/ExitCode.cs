namespace DlqCluster.Cli;

/// <summary>How the command ended, for scripts. The numbers never change.</summary>
internal enum ExitCode
{
    /// <summary>It was done.</summary>
    Done = 0,

    /// <summary>It was tried and failed: a replay failed again, the service is not healthy, a file could not be read.</summary>
    Failed = 1,

    /// <summary>The command line makes no sense; nothing was asked of the service.</summary>
    Usage = 2,

    /// <summary>There is no such message, letter, job or downstream.</summary>
    NotFound = 3,

    /// <summary>The service refused it: credentials, a wrong value, a letter that is being replayed. The same again is refused again.</summary>
    Refused = 4,

    /// <summary>The service cannot be reached, or cannot do it now (429, 503): try again later.</summary>
    Unreachable = 5,

    /// <summary>Ctrl-C, as shells have it.</summary>
    Interrupted = 130,
}
