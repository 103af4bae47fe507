using System.Globalization;
using Orleans.Runtime;

namespace Orleans;

/// <summary>Names a grain class, so that renaming the class changes no identity and loses no state.</summary>
/// <param name="grainType">The name.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public sealed class GrainTypeAttribute(string grainType) : Attribute
{
    private readonly GrainType _grainType = GrainType.Create(grainType);

    /// <summary>The name.</summary>
    /// <param name="services">Not used.</param>
    /// <param name="type">Not used.</param>
    public GrainType GetGrainType(IServiceProvider services, Type type) => _grainType;
}

/// <summary>How long an activation of the class stays when it is idle.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public class CollectionAgeLimitAttribute : Attribute
{
    /// <summary>The shortest time that can be set.</summary>
    public static readonly TimeSpan MinAgeLimit = TimeSpan.FromMinutes(1);

    private readonly TimeSpan? _given;

    /// <summary>Leaves the time to be set in days, hours and minutes, which add up.</summary>
    public CollectionAgeLimitAttribute()
    {
    }

    /// <summary>Sets the time.</summary>
    /// <param name="inactivityPeriod">The time as <see cref="TimeSpan"/> writes it.</param>
    public CollectionAgeLimitAttribute(string inactivityPeriod) =>
        _given = TimeSpan.Parse(inactivityPeriod, CultureInfo.InvariantCulture);

    /// <summary>Days of the time.</summary>
    public double Days { get; set; }

    /// <summary>Hours of the time.</summary>
    public double Hours { get; set; }

    /// <summary>Minutes of the time.</summary>
    public double Minutes { get; set; }

    /// <summary>Whether it is never collected.</summary>
    public bool AlwaysActive { get; set; }

    /// <summary>The time; what is shorter than <see cref="MinAgeLimit"/> is lengthened to it, unless it was given as text.</summary>
    public TimeSpan AgeLimit => _given ?? Sum();

    private TimeSpan Sum()
    {
        if (AlwaysActive) return TimeSpan.FromDays(short.MaxValue);
        var sum = TimeSpan.FromDays(Days) + TimeSpan.FromHours(Hours) + TimeSpan.FromMinutes(Minutes);
        return sum < MinAgeLimit ? MinAgeLimit : sum;
    }
}

/// <summary>An activation of the class is never collected as idle.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public class KeepAliveAttribute : Attribute;
