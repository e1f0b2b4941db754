using Mover.Server.Background;
using Mover.Server.Settings;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Activity;

/// <summary>Writes denials into the audit log, many in one commit.</summary>
internal sealed partial class DenialLoop(DenialLog denials, AuditLog audit, TimeProvider clock, ILogger<DenialLoop> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    // What could not be written is written again; further denials wait in their log, which has its bound.
    private (IReadOnlyList<AuditRecord> Records, string Name) _batch = ([], string.Empty);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (HasBatch())
                {
                    await audit.AppendAsync(_batch.Records, _batch.Name, stoppingToken);
                    _batch = ([], string.Empty);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                Log.Broke(logger, fault);
            }

            await Task.Delay(Interval, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private bool HasBatch()
    {
        if (_batch.Records.Count == 0)
        {
            _batch = (denials.Take(AuditLog.AppendMax), Guid.NewGuid().ToString("n"));
            foreach (var more in _batch.Records.Where(record => record.Repeats > 0))
            {
                Log.NotLogged(logger, more.Repeats, more.ObjectId, more.Action);
            }
        }

        return _batch.Records.Count > 0;
    }

    private static partial class Log
    {
        [LoggerMessage(3223, LogLevel.Warning,
            "{Refusals} more denials of principal {ObjectId} within a minute were not logged; the last was for {Action}.")]
        public static partial void NotLogged(ILogger logger, long refusals, string? objectId, string? action);

        [LoggerMessage(3220, LogLevel.Warning, "Cannot write denials to the audit log; retrying.")]
        public static partial void Broke(ILogger logger, Exception fault);
    }
}

/// <summary>Deletes what is older than the retention from the audit log, a batch at a time, with pauses for other writers.</summary>
internal sealed partial class AuditRetentionLoop(
    AuditLog audit, IStateStore store, DocumentStore documents, LoopShares shares, ServerOptions options, TimeProvider clock,
    ILogger<AuditRetentionLoop> logger)
    : OwnedLoop(LoopNames.AuditRetention, store, documents, shares, clock, logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // What one look deletes at most, from the oldest record on: a clock that is ahead for a while costs no more than this.
    private static readonly TimeSpan LookMax = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    protected override async Task OwnAsync(CancellationToken cancel)
    {
        while (true)
        {
            await TrimAsync(cancel);
            await Task.Delay(Interval, Clock, cancel);
        }
    }

    private async Task TrimAsync(CancellationToken cancel)
    {
        if (await audit.OldestAsync(cancel) is not { } oldest)
        {
            return;
        }

        var (due, most) = (Clock.GetUtcNow() - options.AuditRetention, oldest + LookMax);
        var before = due < most ? due : most;
        var gone = 0L;
        while (await audit.TrimBatchAsync(before, cancel) is var batch and > 0)
        {
            gone += batch;
            await Task.Delay(Pause, Clock, cancel);
        }

        if (gone > 0)
        {
            Log.Trimmed(logger, gone, before);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3221, LogLevel.Information, "Deleted {Records} records from before {Before} from the audit log.")]
        public static partial void Trimmed(ILogger logger, long records, DateTimeOffset before);
    }
}
