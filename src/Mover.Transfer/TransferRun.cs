using Microsoft.Extensions.Logging;
using Mover.Core.Jobs;
using Mover.Transfer.Compare;
using Mover.Transfer.Contract;
using Mover.Transfer.Copy;
using Mover.Transfer.Journal;
using Mover.Transfer.Ledger;
using Mover.Transfer.Scan;

namespace Mover.Transfer;

/// <summary>
/// One run of a job: scan, compare, copy, verify, in constant memory. Running again with the same folder goes on where the last attempt
/// stopped, however it stopped; a folder whose run is complete answers with that run's end. The caller owns the volumes; the run folder
/// belongs to one run at a time. Members are thread-safe, <see cref="RunAsync(CancellationToken)"/> is called once.
/// </summary>
public sealed partial class TransferRun
{
    private readonly IVolume _source;
    private readonly ITargetVolume _target;
    private readonly TransferOptions _options;
    private readonly RunFolder _folder;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Func<string, Stream> _openJournal;
    private readonly Pacer _pacer;
    private readonly RateMeter _rates;
    private volatile TransferSides? _sides;
    private volatile RunCounters _counters = new();
    private volatile ScanStatusBox _scan = new(ScanStatus.NotStarted);

    /// <summary>Prepares a run; nothing happens yet.</summary>
    /// <param name="source">What is read; never written.</param>
    /// <param name="target">What is written.</param>
    /// <param name="options">How.</param>
    /// <param name="runFolder">Where the journal, spill files and the ledger go; created when missing.</param>
    /// <param name="clock">The clock for delays and rates.</param>
    /// <param name="logger">The log.</param>
    public TransferRun(IVolume source, ITargetVolume target, TransferOptions options, string runFolder, TimeProvider clock, ILogger logger)
        : this(source, target, options, runFolder, clock, logger, JournalFile.Open)
    {
    }

    internal TransferRun(
        IVolume source, ITargetVolume target, TransferOptions options, string runFolder, TimeProvider clock, ILogger logger,
        Func<string, Stream> openJournal)
    {
        (_source, _target, _clock, _logger) = (source, target, clock, logger);
        _options = options.Only is null ? options : options with { Mode = CopyMode.Additive };
        (_folder, _openJournal) = (new(runFolder), openJournal);
        (_pacer, _rates) = (new(clock, options.UploadLimit), new(clock));
    }

    /// <summary>Bytes per second for uploads: null for no limit, 0 to pause; takes effect at once.</summary>
    public long? UploadLimit
    {
        get => _pacer.Limit;
        set => _pacer.Limit = value;
    }

    /// <summary>The run at this moment.</summary>
    public TransferSnapshot Snapshot()
    {
        var counters = _counters.ToCounters();
        var (scanned, items, bytes) = _rates.Sample(counters.ItemsScanned, counters.ItemsScanned - counters.ItemsOpen, _counters.BytesSent);
        return new(
            counters, _scan.Status, UploadLimit == 0, scanned, items, bytes, _counters.ItemsDeleted, _counters.Deletions,
            _counters.InFlight, _sides?.WaitsFor);
    }

    /// <summary>
    /// Runs to the end. Faults of items are outcomes, faults of the job are <see cref="TransferSummary.Fault"/>, cancellation is
    /// <see cref="RunOutcome.Canceled"/>: none of them throws.
    /// </summary>
    public async Task<TransferSummary> RunAsync(CancellationToken cancel)
    {
        try
        {
            using var held = _folder.Hold();
            if (!File.Exists(_folder.Journal) && LedgerFile.FindEnd(_folder.Ledger) is { } end)
            {
                return AtEnd(end, 0);
            }

            if (OverlapRule.Check(_source.Traits, _target.Traits) is { } overlap)
            {
                return Ended(RunOutcome.Failed, overlap);
            }

            _folder.Prepare();
            var order = new MergeOrder(!_source.Traits.ScansInPathOrder, !_target.Traits.ScansInPathOrder, _target.Traits.Folds);
            while (true)
            {
                var (summary, next) = await PassAsync(order, cancel);
                if (summary is not null)
                {
                    return summary;
                }

                order = next;
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return Ended(RunOutcome.Canceled, null);
        }
        catch (InvalidDataException e)
        {
            return Ended(RunOutcome.Failed, new(StatusCodes.JobNotResumed, e.Message));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Ended(RunOutcome.Failed, new(StatusCodes.JobOther, $"Cannot use the run folder: {e.Message}"));
        }
    }

    /// <summary>Runs without a handle, for callers that neither watch nor throttle.</summary>
    public static Task<TransferSummary> RunAsync(
        IVolume source, ITargetVolume target, TransferOptions options, string runFolder, TimeProvider clock, ILogger logger,
        CancellationToken cancel) => new TransferRun(source, target, options, runFolder, clock, logger).RunAsync(cancel);

    /// <summary>One pass; answers the end, or the order in which another one has to be made.</summary>
    private async Task<(TransferSummary? Summary, MergeOrder Next)> PassAsync(MergeOrder order, CancellationToken cancel)
    {
        var spill = new SpillOptions(_folder.Spill, _options.SortBytes);
        var counters = new RunCounters();
        using var earlier = JournalState.Load(_folder.Journal, spill, counters, order.Folds);
        JournalFile.CheckFingerprint(earlier, _source, _target, _options);
        _counters = counters;
        _scan = new(ScanStatus.Scanning);
        using var sides = new TransferSides(_source, _target, writes: true, _options, _clock, _logger, cancel);
        _sides = sides;
        await using var journal = new JournalWriter(
            JournalFile.Continue(_openJournal, _folder.Journal, earlier, _source, _target, _options),
            _clock,
            _options.ItemDone,
            e => sides.Stop(new(StatusCodes.JobOther, $"Cannot write the journal: {e.Message} Free some space and run again; no "
                + "completed work is lost.")));
        var context = new RunContext
        {
            Sides = sides,
            Rules = new(_source, _target, _options, order.Folds),
            Counters = counters,
            Journal = journal,
            Earlier = earlier,
            Folder = _folder,
            Pacer = _pacer,
            Slab = new(_options.BufferBytes),
            Pace = new(sides.Gate.Limit),
        };
        var pass = new Pass(context, spill, order) { Scanned = () => _scan = new(ScanStatus.Completed) };
        try
        {
            await pass.RunAsync();
        }
        catch (OutOfOrderException e) when (!(e.Side is Side.Source ? order.SortsSource : order.SortsTarget))
        {
            Log.Unordered(_logger, e.Side, e.Message);
            return (null, e.Side is Side.Source ? order with { SortsSource = true } : order with { SortsTarget = true });
        }
        catch (FoldedNamesException e)
        {
            Log.Folded(_logger, e.Message, e.Folds);
            return (null, order with { Folds = e.Folds });
        }
        catch (ScanFaultException e)
        {
            sides.Stop(new(FaultCodes.OfJob(e.Fault, e.Side), e.Fault.Message));
        }
        catch (OperationCanceledException) when (sides.IsStopped)
        {
            // The reason is the sides' fault, or the caller.
        }
        finally
        {
            await journal.DisposeAsync();
        }

        cancel.ThrowIfCancellationRequested();
        return (sides.Fault is { } fault ? Ended(RunOutcome.Failed, fault) : Finish(spill), order);
    }

    /// <summary>The ledger from the journal, which then has served.</summary>
    private TransferSummary Finish(SpillOptions spill)
    {
        LedgerEnd end;
        using (var sorter = new SpillSorter<ItemOutcome>(OutcomeCodec.Instance, spill))
        using (var kept = new KeptOutcomes(spill))
        {
            new JournalReader(_folder.Journal)
            {
                OnOutcome = outcome => (outcome.Result is ItemResult.NotDeleted ? kept.Latest : sorter).Add(outcome),
                OnDeletionsBegin = kept.Forget,
            }.Read();
            kept.MoveTo(sorter);
            using var sorted = new SettledOutcomes(sorter);
            end = LedgerFile.Write(_folder.Ledger, sorted, _counters);
        }

        File.Delete(_folder.Journal);
        _folder.RemoveSpill();
        var summary = AtEnd(end, _counters.BytesSent);
        Log.Ended(_logger, summary.Outcome, end.Counters.ItemsScanned, end.Counters.ItemsTransferred, end.Counters.ItemsFailed);
        return summary;
    }

    /// <summary>The end of a run in which each item has an outcome. One in which no item could be stored has failed.</summary>
    private TransferSummary AtEnd(LedgerEnd end, long sent)
    {
        var summary = new TransferSummary
        {
            Outcome = RunOutcome.Succeeded,
            Counters = end.Counters,
            ItemsDeleted = end.ItemsDeleted,
            ItemsNotDeleted = end.ItemsKept,
            FoldersNotListed = end.FoldersNotListed,
            MountPoints = _counters.MountPoints,
            BytesSent = sent,
            Notes = [.. _source.Notes, .. _target.Notes],
            LedgerPath = _folder.Ledger,
            MerkleRoot = end.MerkleRoot,
        };
        return TransferVerdict.Of(summary).Kind is not VerdictKind.NothingStored ? summary : summary with
        {
            Outcome = RunOutcome.Failed,
            Fault = new(
                StatusCodes.JobOther,
                $"Nothing was stored: of {end.Counters.ItemsScanned} items, {end.Counters.ItemsUnsupported} are unsupported by the "
                    + $"target and {end.Counters.ItemsFailed} failed. See the ledger and the copy log for the reasons."),
        };
    }

    private TransferSummary Ended(RunOutcome outcome, JobFault? fault)
    {
        Log.CutShort(_logger, outcome, fault?.Code ?? StatusCodes.JobCanceled, fault?.Message ?? "cancelled");
        var counters = _counters.ToCounters();
        return new()
        {
            Outcome = outcome,
            Counters = counters.Settled(),
            ItemsNotReached = counters.ItemsOpen,
            Fault = fault,
            ItemsDeleted = _counters.ItemsDeleted,
            ItemsNotDeleted = _counters.ItemsNotDeleted,
            FoldersNotListed = _counters.FoldersNotListed,
            BytesSent = _counters.BytesSent,
            Notes = [.. _source.Notes, .. _target.Notes],
        };
    }

    private sealed record ScanStatusBox(ScanStatus Status);

    private static partial class Log
    {
        [LoggerMessage(6020, LogLevel.Information, "Run ended {Outcome}: {Scanned} items scanned, {Transferred} transferred, {Failed} "
            + "failed.")]
        public static partial void Ended(ILogger logger, RunOutcome outcome, long scanned, long transferred, long failed);

        [LoggerMessage(6021, LogLevel.Warning, "Run ended {Outcome} with {Code}: {Reason}")]
        public static partial void CutShort(ILogger logger, RunOutcome outcome, StatusCode code, string reason);

        [LoggerMessage(6022, LogLevel.Warning, "The {Side} is not in path order ({Message}); restarting the pass with the {Side} sorted.")]
        public static partial void Unordered(ILogger logger, Side side, string message);

        [LoggerMessage(6023, LogLevel.Information, "{Message} Restarting the pass with names compared by {Folds}.")]
        public static partial void Folded(ILogger logger, string message, NameFoldings folds);
    }
}
