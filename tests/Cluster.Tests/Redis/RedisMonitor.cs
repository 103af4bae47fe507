using System.Net.Sockets;
using System.Text;

namespace DlqCluster.Cluster.Tests.Redis;

/// <summary>Hears what a server is asked to do.</summary>
/// <param name="client">A connection in the mode of MONITOR.</param>
internal sealed class RedisMonitor(TcpClient client) : IDisposable
{
    private readonly StreamReader _reader = new(client.GetStream(), Encoding.Latin1);

    /// <summary>
    /// The names of the commands that clients sent about keys with this text in them, up to a command with the mark. What scripts did
    /// themselves is not among them.
    /// </summary>
    public async Task<List<string>> CommandsUntilAsync(string keys, string mark)
    {
        var commands = new List<string>();
        while (await _reader.ReadLineAsync() is { } line)
        {
            if (line.Contains(mark, StringComparison.Ordinal)) return commands;
            if (!line.Contains("lua]", StringComparison.Ordinal) && line.Contains(keys, StringComparison.Ordinal))
                commands.Add(line.Split('"')[1].ToUpperInvariant());
        }

        throw new InvalidOperationException("The server went away.");
    }

    public void Dispose()
    {
        _reader.Dispose();
        client.Dispose();
    }
}
