namespace DlqCluster.Api.Security;

/// <summary>
/// A token bucket for each of many clients, in bounded memory: beyond the limit the client that was quiet longest is forgotten, and begins
/// anew with a full bucket.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="maxClients">How many clients are told apart.</param>
internal sealed class TokenBuckets(TimeProvider time, int maxClients)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<Bucket>> _buckets = new(StringComparer.Ordinal);
    private readonly LinkedList<Bucket> _byUse = new();

    /// <summary>How many clients are known.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _buckets.Count;
        }
    }

    /// <summary>Takes tokens of a client, if there are as many.</summary>
    /// <param name="client">The client.</param>
    /// <param name="perMinute">How many tokens come back in a minute; above 0.</param>
    /// <param name="burst">How many tokens a full bucket has; at least 1.</param>
    /// <param name="tokens">How many to take; with 0 it is only asked whether there is one.</param>
    public BucketAnswer Take(string client, double perMinute, double burst, int tokens = 1)
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            if (!_buckets.TryGetValue(client, out var node))
            {
                // Asking alone makes nobody known.
                if (tokens == 0) return new BucketAnswer(true, (int)burst, TimeSpan.Zero);
                node = Add(client, burst, now);
            }

            var bucket = node.Value;
            var refilled = Math.Min(burst, bucket.Tokens + (time.GetElapsedTime(bucket.At, now).TotalMinutes * perMinute));
            var wanted = Math.Max(tokens, 1);
            var allowed = refilled >= wanted;
            (bucket.Tokens, bucket.At) = (allowed ? refilled - tokens : refilled, now);
            _byUse.Remove(node);
            _byUse.AddLast(node);
            return new BucketAnswer(allowed, (int)bucket.Tokens, allowed ? TimeSpan.Zero : TimeSpan.FromMinutes((wanted - refilled) / perMinute));
        }
    }

    private LinkedListNode<Bucket> Add(string client, double burst, long now)
    {
        if (_buckets.Count >= maxClients)
        {
            _buckets.Remove(_byUse.First!.Value.Client);
            _byUse.RemoveFirst();
        }

        var node = _byUse.AddLast(new Bucket(client) { Tokens = burst, At = now });
        _buckets[client] = node;
        return node;
    }

    private sealed class Bucket(string client)
    {
        public string Client { get; } = client;

        public double Tokens { get; set; }

        public long At { get; set; }
    }
}

/// <summary>What a bucket said.</summary>
/// <param name="Allowed">Whether the tokens were there.</param>
/// <param name="Remaining">Whole tokens that are left.</param>
/// <param name="Wait">How long until there are enough; zero when there were.</param>
internal readonly record struct BucketAnswer(bool Allowed, int Remaining, TimeSpan Wait);
