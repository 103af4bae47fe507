using System.CommandLine;
using System.Globalization;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Commands;

/// <summary>Which page of a list.</summary>
/// <param name="byCursor">Whether the list has cursors.</param>
/// <param name="byNumber">Whether its pages have numbers.</param>
/// <param name="size">How many entries a page has unless told otherwise.</param>
internal sealed class Paging(bool byCursor, bool byNumber, int size)
{
    private const int MostEntries = 500;
    private const int MostPages = 1_000_000;

    private readonly Option<int> _limit = Limits.Number("--limit", "The most entries to show", 1, MostEntries, size);
    private readonly Option<string?> _cursor = Limits.Text("--cursor", "Go on behind the page that told this", "cursor");
    private readonly Option<long?> _page = Limits.Optional("--page", "Which page", 1, MostPages);

    /// <summary>The options.</summary>
    public IEnumerable<Option> All
    {
        get
        {
            yield return _limit;
            if (byCursor) yield return _cursor;
            if (byNumber) yield return _page;
        }
    }

    /// <summary>As the parameters of a query.</summary>
    /// <param name="session">The command line.</param>
    public IEnumerable<(string Name, string? Value)> Read(Session session)
    {
        yield return ("pageSize", session.Get(_limit).ToString(CultureInfo.InvariantCulture));
        if (byCursor) yield return ("cursor", session.Get(_cursor));
        if (byNumber) yield return ("page", session.Get(_page)?.ToString(CultureInfo.InvariantCulture));
    }
}
