using System.Buffers;
using System.IO.Pipelines;
using DlqCluster.Api.Json;
using DlqCluster.DeadLetters;
using DlqCluster.Hosting;

namespace DlqCluster.Api.DeadLetters;

/// <summary>Takes letters in from lines of JSON, some at a time: neither the body nor the letters are ever in memory as a whole.</summary>
/// <param name="grains">The partitions.</param>
/// <param name="partitions">How many there are.</param>
/// <param name="dlq">Limits.</param>
/// <param name="ingest">Limits of bodies.</param>
internal sealed class LetterImport(IGrainFactory grains, IOptions<PartitionOptions> partitions, IOptions<DlqOptions> dlq, IOptions<IngestOptions> ingest)
{
    private const int BatchLetters = 256;
    private const int BatchBytes = 4 * 1024 * 1024;
    private const int MaxErrors = 100;

    /// <summary>Takes them in.</summary>
    /// <param name="body">The lines.</param>
    /// <param name="by">Who imports.</param>
    /// <param name="reason">Why.</param>
    /// <param name="cancellationToken">Ends it between two lines.</param>
    public async Task<ImportAnswer> ReadAsync(PipeReader body, string by, string? reason, CancellationToken cancellationToken)
    {
        var run = new Run(by, reason);
        while (true)
        {
            var read = await body.ReadAsync(cancellationToken);
            var rest = read.Buffer;
            while (!run.IsFull && TryLine(ref rest, read.IsCompleted, out var line)) await TakeAsync(run, line);
            var isTooLong = rest.Length > dlq.Value.MaxImportLineBytes;
            if (isTooLong) run.Refuse(++run.Line, $"It is longer than {dlq.Value.MaxImportLineBytes} bytes (Dlq:MaxImportLineBytes); nothing behind it was read.");
            body.AdvanceTo(rest.Start, rest.End);
            if (isTooLong || run.IsFull || read.IsCompleted) break;
        }

        await StoreAsync(run);
        return run.Answer;
    }

    private static bool TryLine(ref ReadOnlySequence<byte> buffer, bool isLast, out ReadOnlySequence<byte> line)
    {
        line = default;
        if (buffer.IsEmpty) return false;
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            line = buffer.Slice(0, end);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            return true;
        }

        if (!isLast) return false;
        line = buffer;
        buffer = buffer.Slice(buffer.End);
        return true;
    }

    private async Task TakeAsync(Run run, ReadOnlySequence<byte> line)
    {
        run.Line++;
        var bytes = line.ToArray();
        if (bytes.AsSpan().Trim(" \t\r"u8).IsEmpty) return;
        if (run.Taken >= dlq.Value.MaxImportLetters)
        {
            run.Refuse(run.Line, $"One request imports at most {dlq.Value.MaxImportLetters} letters (Dlq:MaxImportLetters); nothing from here on was read.");
            run.IsFull = true;
            return;
        }

        run.Taken++;
        if (bytes.Length > dlq.Value.MaxImportLineBytes) run.Refuse(run.Line, $"It is longer than {dlq.Value.MaxImportLineBytes} bytes (Dlq:MaxImportLineBytes).");
        else if (LetterExport.Read(bytes, ingest.Value, out var error) is { } letter) run.Add(letter, bytes.Length);
        else run.Refuse(run.Line, error!);
        if (run.Waiting.Count >= BatchLetters || run.WaitingBytes >= BatchBytes) await StoreAsync(run);
    }

    private async Task StoreAsync(Run run)
    {
        var byPartition = run.Waiting.GroupBy(item => item.Letter.MessageId.Partition(partitions.Value.Count)).ToArray();
        await Task.WhenAll(byPartition.Select(async partition =>
        {
            // A letter that stands here twice is one letter.
            var items = partition.DistinctBy(item => item.Letter.MessageId).ToArray();
            var import = new ImportLetters([.. items.Select(item => item.Letter)], run.By, run.Reason);
            var outcomes = await grains.GetGrain<IDlqPartitionGrain>(partition.Key).Import(import);
            foreach (var (item, outcome) in items.Zip(outcomes)) run.Count(item.Line, outcome);
            run.CountRepeats(partition.Count() - items.Length);
        }));
        run.Clear();
    }

    private sealed class Run(string by, string? reason)
    {
        private readonly Lock _gate = new();
        private readonly List<ImportError> _errors = [];
        private long _imported;
        private long _unchanged;
        private long _failed;

        public string By => by;

        public string? Reason => reason;

        public long Line { get; set; }

        public long Taken { get; set; }

        public bool IsFull { get; set; }

        public List<(long Line, Letter Letter)> Waiting { get; } = [];

        public long WaitingBytes { get; private set; }

        public ImportAnswer Answer => new(_imported, _unchanged, _failed, [.. _errors.OrderBy(static error => error.Line)]);

        public void Add(Letter letter, int bytes)
        {
            Waiting.Add((Line, letter));
            WaitingBytes += bytes;
        }

        public void Clear()
        {
            Waiting.Clear();
            WaitingBytes = 0;
        }

        public void Refuse(long line, string error)
        {
            lock (_gate)
            {
                _failed++;
                if (_errors.Count < MaxErrors) _errors.Add(new ImportError(line, error));
            }
        }

        public void Count(long line, LetterActOutcome outcome)
        {
            if (outcome is not (LetterActOutcome.Done or LetterActOutcome.AlreadyThere))
            {
                Refuse(line, "It could not be stored: import it again.");
                return;
            }

            lock (_gate)
            {
                if (outcome == LetterActOutcome.Done) _imported++;
                else _unchanged++;
            }
        }

        public void CountRepeats(int repeats)
        {
            lock (_gate) _unchanged += repeats;
        }
    }
}
