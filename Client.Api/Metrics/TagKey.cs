namespace DlqCluster.Api.Metrics;

/// <summary>A combination of tags as an instrument gave it, to find its series by without allocating.</summary>
/// <param name="tags">The tags.</param>
internal sealed class TagKey(ReadOnlySpan<KeyValuePair<string, object?>> tags)
{
    /// <summary>Compares tags with keys.</summary>
    public static readonly TagComparer Comparer = new();

    private readonly KeyValuePair<string, object?>[] _tags = tags.ToArray();

    /// <summary>The tags.</summary>
    public ReadOnlySpan<KeyValuePair<string, object?>> Tags => _tags;

    /// <summary>Finds a key by tags that lie on the stack.</summary>
    internal sealed class TagComparer : IEqualityComparer<TagKey>, IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, TagKey>
    {
        /// <inheritdoc/>
        public bool Equals(TagKey? x, TagKey? y) => ReferenceEquals(x, y) || (x is not null && y is not null && Equals(x.Tags, y));

        /// <inheritdoc/>
        public int GetHashCode(TagKey obj) => GetHashCode(obj.Tags);

        /// <inheritdoc/>
        public TagKey Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => new(alternate);

        /// <inheritdoc/>
        public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, TagKey other)
        {
            var tags = other.Tags;
            if (alternate.Length != tags.Length) return false;
            for (var i = 0; i < tags.Length; i++)
            {
                if (!string.Equals(alternate[i].Key, tags[i].Key, StringComparison.Ordinal) || !Equals(alternate[i].Value, tags[i].Value)) return false;
            }

            return true;
        }

        /// <inheritdoc/>
        public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
        {
            var hash = new HashCode();
            foreach (var (name, value) in alternate)
            {
                hash.Add(name);
                hash.Add(value);
            }

            return hash.ToHashCode();
        }
    }
}
