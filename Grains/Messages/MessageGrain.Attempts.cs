using DlqCluster.Delivery;
using DlqCluster.Diagnostics;
using DlqCluster.Downstreams;

namespace DlqCluster.Messages;

/// <summary>One attempt: through the gate, to the downstream, and into the record.</summary>
internal sealed partial class MessageGrain
{
    private async Task<bool> SendAsync(MessageRecord record)
    {
        var (sending, goesOn) = await PrepareAsync(record);
        if (sending is not var (gate, ticket, downstream, toSend)) return goesOn;
        var startedAt = Now;
        var stamp = services.Time.GetTimestamp();
        AttemptResult? result = null;
        using var span = DlqTracing.StartAttempt(_id, toSend);
        _send = new CancellationTokenSource();
        try
        {
            var message = new OutgoingMessage(_id, DlqTracing.Under(span, toSend.Envelope), toSend.AttemptsMade + 1, startedAt);
            result = await services.Path.Sender.SendAsync(downstream, message, _send.Token);
        }
        catch (OperationCanceledException) when (_send.IsCancellationRequested)
        {
            // Cancelled by its owner while it was on its way: its end is recorded already.
        }
        catch (Exception exception)
        {
            // A sender reports failures as results; one that throws all the same must not be tried for ever without being counted.
            result = AttemptResult.Failed(ErrorType.Unknown, exception.Message) with { Detail = exception.ToString() };
        }
        finally
        {
            _send.Dispose();
            _send = null;
        }

        var duration = services.Time.GetElapsedTime(stamp);
        DlqTracing.EndAttempt(span, result);
        gate.Leave(ticket, result, duration);
        if (result is null) return true;
        var attempt = NewAttempt(toSend, startedAt, duration, result, span is { Recorded: true } ? span.Id : null);
        await AfterAttemptAsync(attempt, result, downstream);
        return true;
    }

    /// <summary>Brings a message to the point where nothing stands between it and its downstream. It mostly has nothing to wait for.</summary>
    /// <returns>What is to be sent; or else whether this activation goes on with the message.</returns>
    private async ValueTask<(Sending? Sending, bool GoesOn)> PrepareAsync(MessageRecord record)
    {
        if (_stopping) return (null, await HandBackAsync(record));
        if (record.Envelope.OrderingKey is not null && !_isFirst && !await IsFirstAsync(record)) return (null, !await HoldAsync(record));
        if (await AskRecipientAsync(record) is { } goesOn) return (null, goesOn);
        if (await FindDownstreamAsync(record.Envelope.Target) is not { } downstream)
        {
            await FailAsync(record, $"The downstream '{record.Envelope.Target}' does not exist any more.");
            return (null, true);
        }

        var gate = services.Path.Gates.Get(downstream);
        var ticket = await EnterAsync(gate, record);
        if (ticket is null && !_stopping) return (null, true);
        if (ticket is not { Admission: Admission.Admitted }) return (null, await HandBackAsync(record));
        var admittedAt = services.Time.GetTimestamp();
        // Before the last look: whoever is cancelled while its payload is read must not be sent.
        var whole = await FetchAsync(gate, ticket.Value, record);
        if (await AskAgainAsync(gate, ticket.Value) is { } goesOnNow) return (null, goesOnNow);
        if (await StillToSendAsync(gate, ticket.Value, record.Generation) is not { } still) return (null, true);
        if (whole.Fault is not null || !gate.StillAdmits(ticket.Value, services.Time.GetElapsedTime(admittedAt)))
        {
            gate.Leave(ticket.Value, null, TimeSpan.Zero);
            if (whole.Fault is { } fault) await FailAsync(still, fault);
            // A store that is slower than a lease lasts must not keep it here for ever.
            else _fetched = (record.Envelope.Claim, whole);
            return (null, true);
        }

        if (record.Envelope.Claim is not null) still = still with { Envelope = whole.Envelope };
        return (new Sending(gate, ticket.Value, downstream, still), true);
    }

    /// <summary>It cannot be sent, now or ever.</summary>
    private async Task FailAsync(MessageRecord record, string why)
    {
        var result = AttemptResult.Failed(ErrorType.Client, why);
        await AfterAttemptAsync(NewAttempt(record, Now, TimeSpan.Zero, result), result, null);
    }

    /// <summary>
    /// What waited; null when it has been cancelled, has expired, or has been replayed elsewhere since its payload was read, and its place at the gate
    /// is given back.
    /// </summary>
    private async ValueTask<MessageRecord?> StillToSendAsync(DeliveryGate gate, GateTicket ticket, int generation)
    {
        MessageRecord? toSend = null;
        try
        {
            // A cancel may just be being stored, and one whose write had no answer may have been stored all the same.
            if (await SettledAsync() is { } record && record.Generation == generation
                && MessageLifecycle.Next(record, TimeFor(record)).Need == MessageNeed.Send) toSend = record;
        }
        finally
        {
            if (toSend is null) gate.Leave(ticket, null, TimeSpan.Zero);
        }

        return toSend;
    }

    /// <summary>Waits at the gate; null when the wait was broken off.</summary>
    private async ValueTask<GateTicket?> EnterAsync(DeliveryGate gate, MessageRecord record)
    {
        if (gate.TryEnter() is { } ticket) return ticket;
        // Whoever expires while it waits gives up its place.
        _wait = record.Envelope.ExpiresAt is { } expiry ? new CancellationTokenSource(Until(expiry), services.Time) : new CancellationTokenSource();
        _atGate = true;
        try
        {
            return await gate.EnterAsync(Rank(record), _wait.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        finally
        {
            _atGate = false;
            _wait.Dispose();
            _wait = null;
        }
    }

    private Attempt NewAttempt(MessageRecord record, DateTimeOffset startedAt, TimeSpan duration, AttemptResult result, string? traceParent = null) => new()
    {
        Number = record.AttemptsMade + 1,
        Generation = record.Generation,
        StartedAt = startedAt,
        DurationMs = Math.Round(duration.TotalMilliseconds, 3),
        Outcome = result.Outcome,
        StatusCode = result.StatusCode,
        ErrorType = result.Outcome == AttemptOutcome.Delivered ? null : result.ErrorType,
        Error = Cut(result.Error),
        TraceParent = traceParent,
    };

    private async Task AfterAttemptAsync(Attempt attempt, AttemptResult result, Downstream? downstream)
    {
        var draw = services.Random.NextDouble();
        if (result.Error is not null || result.Detail is not null) result = result with { Error = Cut(result.Error), Detail = Cut(result.Detail) };
        var next = await RecordAsync(current =>
        {
            // Or it has ended elsewhere, and been replayed, while this was on its way.
            if (current.HasEnded || current.Generation != attempt.Generation) return null;
            var policy = RetryPolicy.Resolve(services.Limits.Retry, downstream?.Retry, current.Envelope.Retry);
            return MessageLifecycle.AfterAttempt(current, attempt, result, policy, draw, Now, services.Limits.Delivery.MaxAttemptsKept);
        });
        services.Metrics.Attempted(stored.State.Envelope.Target, attempt);
        if (next is { State: MessageState.Delivered }) services.Metrics.Delivered(attempt, next.Envelope, Now);
    }

    private async ValueTask<Downstream?> FindDownstreamAsync(string name)
    {
        if (services.Path.Downstreams.Current.Entries.TryGetValue(name, out var entry)) return entry.Definition;
        var fresh = await services.Path.Downstreams.RefreshAsync();
        return fresh.Entries.TryGetValue(name, out entry) ? entry.Definition : null;
    }

    private string? Cut(string? text) =>
        text is null || text.Length <= services.Limits.Delivery.MaxErrorLength ? text : text[..services.Limits.Delivery.MaxErrorLength];

    /// <summary>A message that has been let through, with nothing between it and its downstream any more.</summary>
    /// <param name="Gate">The gate that let it through.</param>
    /// <param name="Ticket">With which it is left.</param>
    /// <param name="Downstream">Where it goes.</param>
    /// <param name="Message">The message, with its payload.</param>
    private readonly record struct Sending(DeliveryGate Gate, GateTicket Ticket, Downstream Downstream, MessageRecord Message);
}
