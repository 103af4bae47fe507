using System.Globalization;
using Orleans.Runtime;

namespace Orleans
{
    /// <summary>A grain that can be reminded.</summary>
    public interface IRemindable : IGrain
    {
        /// <summary>A reminder is due.</summary>
        /// <param name="reminderName">Its name.</param>
        /// <param name="status">Its times.</param>
        Task ReceiveReminder(string reminderName, TickStatus status);
    }
}

namespace Orleans.Runtime
{
    /// <summary>A reminder that a grain has registered.</summary>
    public interface IGrainReminder
    {
        /// <summary>Its name.</summary>
        string ReminderName { get; }
    }

    /// <summary>The times of a reminder when it is due.</summary>
    /// <param name="firstTickTime">When it was due first.</param>
    /// <param name="period">How often it is due.</param>
    /// <param name="timeStamp">The time now.</param>
    [GenerateSerializer, Immutable]
    public readonly struct TickStatus(DateTime firstTickTime, TimeSpan period, DateTime timeStamp)
    {
        /// <summary>When it was due first, in UTC.</summary>
        [Id(0)]
        public DateTime FirstTickTime { get; } = firstTickTime;

        /// <summary>How often it is due.</summary>
        [Id(1)]
        public TimeSpan Period { get; } = period;

        /// <summary>The time now, in UTC.</summary>
        [Id(2)]
        public DateTime CurrentTickTime { get; } = timeStamp;

        /// <summary>The three times.</summary>
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"<{FirstTickTime}, {Period}, {CurrentTickTime}>");
    }
}
