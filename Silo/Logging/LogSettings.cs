using System.Globalization;
using DlqCluster.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;

namespace DlqCluster.Silo.Logging;

/// <summary>How the program logs.</summary>
/// <param name="Json">One JSON object a line, for machines; otherwise one line of text, for people.</param>
/// <param name="PerMinute">How often one kind of event is written in a minute, 0 (always) to 1,000,000.</param>
internal sealed record LogSettings(bool Json, int PerMinute)
{
    private const string FormatKey = "Logging:Format";
    private const string PerMinuteKey = "Logging:RateLimit:PerMinute";
    private const int DefaultPerMinute = 100;
    private const int MaxPerMinute = 1_000_000;

    /// <summary>Reads and checks them.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <exception cref="InvalidConfigurationException">A value cannot be used.</exception>
    public static LogSettings Read(IConfiguration configuration)
    {
        var format = configuration[FormatKey] ?? "text";
        if (format is not ("text" or "json")) throw new InvalidConfigurationException($"{FormatKey} is '{format}'. It must be text or json.");
        var text = configuration[PerMinuteKey];
        var perMinute = DefaultPerMinute;
        if (text is not null && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out perMinute) || perMinute > MaxPerMinute))
            throw new InvalidConfigurationException($"{PerMinuteKey} is '{text}'. It must be a whole number from 0 (no limit) to {MaxPerMinute}.");
        return new LogSettings(format == "json", perMinute);
    }

    /// <summary>Puts them into force: the console writes in this format, and not more often than this.</summary>
    /// <param name="logging">The host's logging.</param>
    public void Apply(ILoggingBuilder logging)
    {
        logging.AddConsoleFormatter<JsonLineFormatter, ConsoleFormatterOptions>();
        logging.AddConsoleFormatter<TextLineFormatter, ConsoleFormatterOptions>();
        logging.Services.PostConfigure<ConsoleLoggerOptions>(console => console.FormatterName = Json ? JsonLineFormatter.FormatterName : TextLineFormatter.FormatterName);
        logging.Services.TryAddSingleton(TimeProvider.System);
        foreach (var console in logging.Services.Where(static service => service.ImplementationType == typeof(ConsoleLoggerProvider)).ToArray())
            logging.Services.Remove(console);
        logging.Services.AddSingleton<ILoggerProvider>(services => new LimitedLoggerProvider(
            ActivatorUtilities.CreateInstance<ConsoleLoggerProvider>(services), PerMinute, services.GetRequiredService<TimeProvider>()));
    }
}
