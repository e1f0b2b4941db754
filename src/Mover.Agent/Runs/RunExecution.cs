using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Files;
using Mover.Transfer;
using Mover.Transfer.Contract;
using Mover.Transfer.Scan;
using Mover.Volumes.Local;

namespace Mover.Agent;

/// <summary>Works on one claimed run: opens both ends, drives the engine, reports while it goes, and says how it ended.</summary>
internal sealed class RunExecution(
    AgentRun run, AgentRuns runs, VolumeOpener opener, RunReporter reporter, CopyLogSpool spool, AgentOptions options, TimeProvider clock,
    ILogger logger)
{
    /// <summary>What the engine said last of a side that stopped answering or answers again.</summary>
    private volatile string? _notice;

    /// <summary>Items that should have been tried again and are no longer at the source.</summary>
    private long _gone;

    /// <summary>The last report; null when the run goes on later or is lost.</summary>
    public async Task<RunReport?> RunAsync()
    {
        var order = run.Record.Order;
        if (order.CancelRequested)
        {
            run.Stop(RunStop.CancelRequested);
        }

        if (!TryReadRetry(order, out var only, out var gone))
        {
            return End(null, gone);
        }

        // Opening must not be cut short by a request to stop: the counters of what was done before are in the journal.
        var source = await opener.OpenAsync(new(order.Source, RunSide.Source, order.RunId, order.Epoch), CancellationToken.None);
        if (!source.Try(out var from, out var fault))
        {
            return End(null, fault);
        }

        await using (from)
        {
            var target = await opener.OpenAsync(new(order.Target, RunSide.Target, order.RunId, order.Epoch), CancellationToken.None);
            if (!target.Try(out var to, out fault))
            {
                return End(null, fault);
            }

            await using (to)
            {
                return to is ITargetVolume writable
                    ? End(await DriveAsync(from, writable, order, only), null)
                    : End(null, new(StatusCodes.TargetTypeUnsupported, $"{to.Traits.DisplayName} is not writable."));
            }
        }
    }

    /// <summary>The last report of a run that a fault nobody foresaw has ended.</summary>
    public RunReport? Broken(Exception fault) =>
        End(null, new(StatusCodes.JobOther,
            $"The agent failed unexpectedly ({fault.GetType().Name}: {fault.Message}). "
            + "See the agent's log for details, then start the job again."));

    /// <summary>The items that a retry is limited to; false with the reason when their list is gone.</summary>
    private bool TryReadRetry(WorkOrder order, out NamedItems? only, out JobFault? fault)
    {
        (only, fault) = (null, null);
        if (order.RetryOf is not { } earlier)
        {
            return true;
        }

        try
        {
            only = AgentFolder.IsRunName(earlier)
                ? NamedItems.ReadFailed(run.Folder.Beside(earlier).EnginePath)
                : throw new InvalidDataException($"'{earlier}' is not a run id.");
            return true;
        }
        catch (Exception unreadable) when (unreadable is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            fault = new(
                StatusCodes.JobNotCreated,
                $"Cannot retry only the failed items of run {earlier}: {unreadable.Message} Nothing was copied. "
                    + "Start the job to compare all items; items already at the target are not copied again.");
            return false;
        }
    }

    private async Task<TransferSummary> DriveAsync(IVolume source, ITargetVolume target, WorkOrder order, NamedItems? only)
    {
        var transfer = new TransferRun(source, target, OptionsOf(order) with { Only = only }, run.Folder.EnginePath, clock, logger);
        using var over = new CancellationTokenSource();
        var watching = WatchAsync(transfer, over.Token);
        try
        {
            var summary = await transfer.RunAsync(run.Ended);
            _gone = only?.Gone ?? 0;
            return summary;
        }
        finally
        {
            await over.CancelAsync();
            await watching;
        }
    }

    // Limits follow the clock whether or not the control plane answers; reports go out beside, one at a time.
    private async Task WatchAsync(TransferRun transfer, CancellationToken over)
    {
        using var timer = new PeriodicTimer(options.ReportInterval, clock);
        var reporting = Task.CompletedTask;
        try
        {
            do
            {
                transfer.UploadLimit = UploadLimitRules.Share(UploadLimitRules.At(runs.UploadLimits, clock.GetLocalNow()), runs.Count);
                if (reporting.IsCompleted)
                {
                    await reporting;
                    reporting = reporter.ReportAsync(ProgressOf(transfer.Snapshot()), over);
                }
            }
            while (await timer.WaitForNextTickAsync(over));
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The run has ended; its last report follows.
        }

        try
        {
            await reporting;
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // As above.
        }
    }

    private RunReport ProgressOf(TransferSnapshot now) => new()
    {
        RunId = run.Id.Text,
        Epoch = run.Epoch,
        Sequence = run.NextSequence(),
        Status = run.Why == RunStop.CancelRequested ? AgentRunStatus.Canceling
            : now.IsPaused ? AgentRunStatus.PausedByBandwidthManagement
            : AgentRunStatus.Running,
        ScanStatus = Of(now.Scan),
        Counters = now.Counters,
        Deletions = now.Deletions,
        InFlight = now.InFlight,
        StartedAt = run.Record.StartedAt,
        Warnings = WarningsOf(null),
    };

    private RunReport? End(TransferSummary? summary, JobFault? fault)
    {
        var outcome = summary?.Outcome ?? (run.Why == RunStop.CancelRequested ? RunOutcome.Canceled : RunOutcome.Failed);
        if (run.Why == RunStop.Lost || (outcome == RunOutcome.Canceled && run.Why != RunStop.CancelRequested))
        {
            return null;
        }

        fault ??= summary?.Fault;
        return new()
        {
            RunId = run.Id.Text,
            Epoch = run.Epoch,
            Sequence = run.NextSequence(),
            Status = outcome switch
            {
                RunOutcome.Succeeded => AgentRunStatus.Succeeded,
                RunOutcome.Canceled => AgentRunStatus.Canceled,
                _ => AgentRunStatus.Failed,
            },
            ScanStatus = summary?.LedgerPath is not null ? AgentScanStatus.Completed : AgentScanStatus.Scanning,
            Counters = summary?.Counters ?? new(),
            StartedAt = run.Record.StartedAt,
            EndedAt = clock.GetUtcNow(),
            Error = outcome == RunOutcome.Failed ? ProblemOf(fault) : null,
            Warnings = WarningsOf(summary),
        };
    }

    private static AgentProblem ProblemOf(JobFault? fault) =>
        fault is null
            ? new(StatusCodes.JobOther.ToString(), "The run failed without a reason; see the agent's log.")
            : new(fault.Code.ToString(), fault.Message);

    private List<AgentProblem> WarningsOf(TransferSummary? summary)
    {
        var warnings = new List<AgentProblem>();
        if (_notice is { } notice)
        {
            warnings.Add(new("StorageAway", notice));
        }

        if (_gone > 0)
        {
            warnings.Add(new(
                "ItemsGone", $"{_gone} of the items to retry are no longer at the source. If they should be, check "
                    + "that the source is fully mounted."));
        }

        if (summary?.ItemsDeleted > 0)
        {
            var items = summary.ItemsDeleted == 1 ? "1 item of the target was" : $"{summary.ItemsDeleted} items of the target were";
            warnings.Add(new("ItemsDeleted", $"{items} deleted because the source no longer has them."));
        }

        warnings.AddRange((summary is null ? [] : TransferNotes.Of(summary)).Select(note => new AgentProblem(note.Code, note.Message)));
        return warnings;
    }

    // Of the job, not of the run: the next run has to know.
    private string GuardMarkOf(ResourceId definition) => Path.Combine(
        PrivateFolder.Ensure(Path.Combine(options.DataFolder, "guards")),
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(definition.Key)))[..16]);

    private TransferOptions OptionsOf(WorkOrder order) => new()
    {
        Mode = order.CopyMode == OrderCopyMode.Mirror ? CopyMode.Mirror : CopyMode.Additive,
        PreserveMetadata = order.PreservePermissions,
        Integrity = order.DataIntegrityValidation switch
        {
            OrderIntegrity.SaveFileMD5 => IntegrityMode.SaveFileMd5,
            OrderIntegrity.SaveVerifyFileMD5 => IntegrityMode.SaveVerifyFileMd5,
            _ => IntegrityMode.None,
        },
        Compare = order.DataIntegrityValidation == OrderIntegrity.SaveVerifyFileMD5 ? CompareBy.Content : CompareBy.Times,
        StatePlace = LocalVolume.PlaceOf(options.DataFolder),
        GuardMarkPath = GuardMarkOf(run.Id.Parent),
        UploadLimit = UploadLimitRules.Share(UploadLimitRules.At(runs.UploadLimits, clock.GetLocalNow()), runs.Count),
        Notice = notice => _notice = notice,
        ItemDone = outcome =>
        {
            if (CopyLogSpool.Logs(outcome))
            {
                spool.Append(outcome, clock.GetUtcNow());
            }
        },
    };

    private static AgentScanStatus Of(ScanStatus scan) => scan switch
    {
        ScanStatus.NotStarted => AgentScanStatus.NotStarted,
        ScanStatus.Scanning => AgentScanStatus.Scanning,
        _ => AgentScanStatus.Completed,
    };
}
