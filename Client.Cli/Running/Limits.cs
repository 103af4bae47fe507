using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace DlqCluster.Cli.Running;

/// <summary>Makes options that say what they take, and refuse what they do not.</summary>
internal static class Limits
{
    /// <summary>A whole number within bounds.</summary>
    /// <param name="name">The option.</param>
    /// <param name="description">What it means.</param>
    /// <param name="least">The least.</param>
    /// <param name="most">The most.</param>
    /// <param name="otherwise">What holds when it is not given.</param>
    /// <param name="recursive">Whether the commands below have it too.</param>
    public static Option<int> Number(string name, string description, int least, int most, int otherwise, bool recursive = false)
    {
        var option = new Option<int>(name)
        {
            Description = description,
            HelpName = "n",
            Recursive = recursive,
            DefaultValueFactory = _ => otherwise,
        };
        option.Validators.Add(result => Check<int>(result, least, most));
        return option;
    }

    /// <summary>A whole number within bounds, or none.</summary>
    /// <param name="name">The option.</param>
    /// <param name="description">What it means.</param>
    /// <param name="least">The least.</param>
    /// <param name="most">The most.</param>
    public static Option<long?> Optional(string name, string description, long least, long most)
    {
        var option = new Option<long?>(name) { Description = description, HelpName = "n" };
        option.Validators.Add(result => Check<long>(result, least, most));
        return option;
    }

    /// <summary>A number within bounds, or none.</summary>
    /// <param name="name">The option.</param>
    /// <param name="description">What it means.</param>
    /// <param name="least">The least.</param>
    /// <param name="most">The most.</param>
    public static Option<double?> Ratio(string name, string description, double least, double most)
    {
        var option = new Option<double?>(name) { Description = description, HelpName = "n" };
        option.Validators.Add(result => Check<double>(result, least, most));
        return option;
    }

    /// <summary>A text, or none.</summary>
    /// <param name="name">The option.</param>
    /// <param name="description">What it means.</param>
    /// <param name="help">What stands for its value.</param>
    /// <param name="aliases">Its other names.</param>
    public static Option<string?> Text(string name, string description, string help = "text", params string[] aliases) =>
        new(name, aliases) { Description = description, HelpName = help };

    /// <summary>One of a few words, or none.</summary>
    /// <param name="name">The option.</param>
    /// <param name="description">What it means.</param>
    /// <param name="words">The words.</param>
    public static Option<string?> OneOf(string name, string description, params string[] words)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = words.Length > 4 ? "word" : string.Join('|', words) };
        return option.AcceptOnlyFromAmong(words);
    }

    /// <summary>A switch.</summary>
    /// <param name="name">The option.</param>
    /// <param name="description">What it means.</param>
    /// <param name="aliases">Its other names.</param>
    public static Option<bool> Switch(string name, string description, params string[] aliases) => new(name, aliases) { Description = description };

    private static void Check<T>(OptionResult result, T least, T most)
        where T : struct, ISpanParsable<T>, IComparable<T>
    {
        // What is no number at all is told by the parser.
        if (result.Tokens.Count == 0 || !T.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var given)) return;
        if (given.CompareTo(least) < 0 || given.CompareTo(most) > 0)
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{result.IdentifierToken?.Value ?? result.Option.Name} must be from {least} to {most}."));
    }
}
