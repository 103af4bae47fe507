using System.Globalization;
using DlqCluster.Benchmarks.Agents;
using DlqCluster.Benchmarks.Measures;
using DlqCluster.Benchmarks.Reports;
using DlqCluster.Benchmarks.Subjects;

namespace DlqCluster.Benchmarks;

/// <summary>Everything from building the subjects to the report.</summary>
internal sealed class Session(Settings settings)
{
    private static readonly Measure[] _measures =
    [
        new AcceptMeasure(), new LatencyMeasure(), new BatchMeasure(), new CrashMeasure(), new RestartMeasure(), new ScheduledMeasure(),
        new BacklogMeasure(), new LettersMeasure(), new ReadsMeasure(), new JobMeasure(), new TalkMeasure(),
    ];

    private readonly Figures _results = new();

    /// <summary>Measures.</summary>
    /// <returns>The exit code: 1 when a message was lost.</returns>
    public async Task<int> RunAsync()
    {
        var measures = Chosen();
        if (Directory.Exists(settings.Work)) Directory.Delete(settings.Work, recursive: true);
        Directory.CreateDirectory(settings.Work);
        var setting = Setting.Take(settings.Work);
        await using var load = Child.StartAgent(Program.Load);
        await using var receiver = Child.StartAgent(Program.Receiver, settings.Port.ToString(CultureInfo.InvariantCulture));
        var rig = new Rig(settings, load, receiver);
        var subjects = await new Workshop(settings, new Uri($"http://127.0.0.1:{settings.Port}/hook")).MakeAsync();
        try
        {
            await MeasureStandingAsync([.. measures.Where(static measure => !measure.WantsFresh)], subjects, rig);
            await MeasureFreshAsync([.. measures.Where(static measure => measure.WantsFresh)], subjects, rig);
        }
        finally
        {
            foreach (var subject in subjects) await subject.DisposeAsync();
        }

        var names = subjects.ConvertAll(static subject => subject.Name);
        Console.Out.Write(Table.Render(_results, names, setting with { LoadAfter = Machine.LoadAverage() }));
        await ResultFile.WriteAsync(settings.Json ?? Path.Combine(settings.Work, "result.json"), _results, setting);
        return _results.Lost() > 0 ? 1 : 0;
    }

    private List<Measure> Chosen()
    {
        if (settings.Only.FirstOrDefault(name => !Array.Exists(_measures, measure => measure.Name == name)) is { } unknown)
            throw new UsageException($"There is no measure '{unknown}'.");
        return [.. _measures.Where(measure => settings.Only.Count == 0 || settings.Only.Contains(measure.Name))];
    }

    // All run all the time, warm; one at a time is measured, by turns, so that what else the machine does hits all alike. What a process has
    // compiled it keeps, so that all of its runs share its luck: several starts show that.
    private async Task MeasureStandingAsync(Measure[] measures, List<Subject> subjects, Rig rig)
    {
        if (measures.Length == 0) return;
        for (var start = 1; start <= settings.Starts; start++)
        {
            foreach (var subject in subjects) await subject.StartAsync();
            foreach (var subject in InTurn(subjects, start)) await WarmUpAsync(subject, rig, settings.Scaled(settings.WarmUp));
            for (var run = 1; run <= settings.Runs; run++)
            {
                foreach (var measure in measures)
                    foreach (var subject in InTurn(subjects, start + run - 1).Where(measure.Suits)) await MeasureAsync(measure, subject, rig, run);
            }

            foreach (var subject in subjects) await subject.StopAsync();
        }
    }

    private async Task MeasureFreshAsync(Measure[] measures, List<Subject> subjects, Rig rig)
    {
        for (var run = 1; run <= settings.Runs; run++)
        {
            foreach (var measure in measures)
            {
                foreach (var subject in InTurn(subjects, run).Where(measure.Suits))
                {
                    await subject.StartAsync();
                    await WarmUpAsync(subject, rig, settings.Scaled(settings.WarmUp) / 10);
                    await MeasureAsync(measure, subject, rig, run);
                    await subject.StopAsync();
                }
            }
        }
    }

    private async Task MeasureAsync(Measure measure, Subject subject, Rig rig, int run)
    {
        Console.Error.WriteLine($"Run {run} of {settings.Runs}: {measure.Name}, {subject.Name} (load average {Machine.LoadAverage():F2})");
        foreach (var figure in await measure.RunAsync(subject, rig)) _results.Add(measure.Name, subject.Name, figure);
    }

    // Forwards and backwards: with the same order every time, whoever comes first was seen to be a fifth slower than an equal.
    private static IEnumerable<Subject> InTurn(List<Subject> subjects, int run) => run % 2 == 1 ? subjects : Enumerable.Reverse(subjects);

    private static async Task WarmUpAsync(Subject subject, Rig rig, int count)
    {
        Console.Error.WriteLine($"Warming up {subject.Name} with {count} messages …");
        await rig.RoundAsync(subject, new LoadOrder { Port = 0, Run = 0, Count = count });
    }
}
