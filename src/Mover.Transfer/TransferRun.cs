using Microsoft.Extensions.Logging;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;

namespace Mover.Transfer;

/// <summary>
/// One run of a job: scan, compare, copy, verify, in constant memory. Running again with the same folder goes on where the last attempt
/// stopped, however it stopped. The caller owns the volumes; the run folder belongs to one run at a time. Members are thread-safe,
/// <see cref="RunAsync(CancellationToken)"/> is called once.
/// </summary>
/// <param name="source">What is read; never written.</param>
/// <param name="target">What is written.</param>
/// <param name="options">How.</param>
/// <param name="runFolder">Where the journal, spill files and the ledger go; created when missing.</param>
/// <param name="clock">The clock for delays and rates.</param>
/// <param name="logger">The log.</param>
public sealed class TransferRun(
    IVolume source, ITargetVolume target, TransferOptions options, string runFolder, TimeProvider clock, ILogger logger)
{
    /// <summary>Bytes per second for uploads: null for no limit, 0 to pause; takes effect at once.</summary>
    public long? UploadLimit { get; set; } = options.UploadLimit;

    /// <summary>The run at this moment.</summary>
    public TransferSnapshot Snapshot() => new(new TransferCounters(), ScanStatus.NotStarted, UploadLimit == 0, 0, 0, 0, 0);

    /// <summary>
    /// Runs to the end. Faults of items are outcomes, faults of the job are <see cref="TransferSummary.Fault"/>, cancellation is
    /// <see cref="RunOutcome.Canceled"/>: none of them throws.
    /// </summary>
    public Task<TransferSummary> RunAsync(CancellationToken cancel)
    {
        _ = (source, target, runFolder, clock, logger, cancel);
        return Task.FromResult(new TransferSummary { Outcome = RunOutcome.Failed, Counters = new() });
    }

    /// <summary>Runs without a handle, for callers that neither watch nor throttle.</summary>
    public static Task<TransferSummary> RunAsync(
        IVolume source, ITargetVolume target, TransferOptions options, string runFolder, TimeProvider clock, ILogger logger,
        CancellationToken cancel) => new TransferRun(source, target, options, runFolder, clock, logger).RunAsync(cancel);
}
