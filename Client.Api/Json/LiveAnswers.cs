namespace DlqCluster.Api.Json;

/// <summary>Rates of one step: how many a second.</summary>
/// <param name="At">The step's end.</param>
/// <param name="Accepted">Messages accepted.</param>
/// <param name="Delivered">Messages delivered, replays included.</param>
/// <param name="Retried">Attempts after the first.</param>
/// <param name="DeadLettered">Messages dead-lettered, replays that failed included.</param>
/// <param name="Resolved">Letters that a replay resolved.</param>
internal sealed record RatePoint(DateTimeOffset At, double Accepted, double Delivered, double Retried, double DeadLettered, double Resolved);

/// <summary>Rates over time, of the process that answers.</summary>
/// <param name="Data">The steps, oldest first; at most 450.</param>
/// <param name="StepSeconds">How long a step is.</param>
internal sealed record RatesAnswer(IReadOnlyList<RatePoint> Data, int StepSeconds);

/// <summary>The service at one moment.</summary>
/// <param name="At">The moment.</param>
/// <param name="System">The service in numbers.</param>
/// <param name="Rates">The newest rates.</param>
internal sealed record LiveAnswer(DateTimeOffset At, SystemHealthAnswer System, RatePoint Rates);

/// <summary>Activations of one class of grains.</summary>
/// <param name="Type">The class.</param>
/// <param name="Activations">How many.</param>
internal sealed record GrainCount(string Type, int Activations);

/// <summary>A silo and what is active in it.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Activations">All of its activations.</param>
/// <param name="Types">By class, the most first.</param>
internal sealed record SiloAnswer(string Address, int Activations, IReadOnlyList<GrainCount> Types);

/// <summary>The silos that run grains.</summary>
/// <param name="Data">They, by address.</param>
/// <param name="Activations">All activations.</param>
internal sealed record ActorsAnswer(IReadOnlyList<SiloAnswer> Data, int Activations);

/// <summary>A setting in force.</summary>
/// <param name="Name">Its name, such as <c>Retry:MaxRetries</c>.</param>
/// <param name="Value">Its value; of a secret only whether there is one.</param>
/// <param name="IsDefault">Whether nobody has set it.</param>
/// <param name="Source">Where it comes from: <c>default</c>, a file, an environment variable or the command line.</param>
internal sealed record SettingAnswer(string Name, string? Value, bool IsDefault, string Source);

/// <summary>The configuration in force.</summary>
/// <param name="Data">The settings, by name.</param>
internal sealed record SettingsAnswer(IReadOnlyList<SettingAnswer> Data);
