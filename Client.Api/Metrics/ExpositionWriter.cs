using System.Buffers;
using System.Globalization;
using System.Text;

namespace DlqCluster.Api.Metrics;

/// <summary>Writes Prometheus' text format, version 0.0.4.</summary>
/// <param name="output">Where to.</param>
internal sealed class ExpositionWriter(IBufferWriter<byte> output)
{
    /// <summary>What the format calls itself.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const int NumberLength = 32;

    /// <summary>Begins a metric.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its type.</param>
    /// <param name="help">What it means.</param>
    public void Begin(string name, string type, string help)
    {
        if (help.Length > 0)
        {
            Text("# HELP ");
            Text(name);
            Text(" ");
            Text(MetricNames.Help(help));
            Text("\n");
        }

        Text("# TYPE ");
        Text(name);
        Text(" ");
        Text(type);
        Text("\n");
    }

    /// <summary>Writes one sample.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="value">Its value.</param>
    public void Sample(string name, string labels, double value)
    {
        Text(name);
        if (labels.Length > 0)
        {
            Text("{");
            Text(labels);
            Text("}");
        }

        Text(" ");
        Number(value);
        Text("\n");
    }

    /// <summary>Writes one bucket of a histogram.</summary>
    /// <param name="name">The histogram's name.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="bound">The bucket's upper bound.</param>
    /// <param name="count">How many are at or below it.</param>
    public void Bucket(string name, string labels, double bound, long count)
    {
        Text(name);
        Text("_bucket{");
        Text(labels);
        Text(labels.Length > 0 ? ",le=\"" : "le=\"");
        Number(bound);
        Text("\"} ");
        Number(count);
        Text("\n");
    }

    private void Text(string text)
    {
        var span = output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        output.Advance(Encoding.UTF8.GetBytes(text, span));
    }

    private void Number(double value)
    {
        if (double.IsPositiveInfinity(value)) Text("+Inf");
        else if (double.IsNegativeInfinity(value)) Text("-Inf");
        else if (double.IsNaN(value)) Text("NaN");
        else
        {
            value.TryFormat(output.GetSpan(NumberLength), out var written, "R", CultureInfo.InvariantCulture);
            output.Advance(written);
        }
    }
}
