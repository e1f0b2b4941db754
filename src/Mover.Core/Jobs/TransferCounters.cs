namespace Mover.Core.Jobs;

/// <summary>
/// The twelve counters of a job run, in items and bytes. At the end of a run
/// <c>Scanned = Excluded + Unsupported + NoTransferNeeded + Failed + Transferred</c> holds for both.
/// Source: <c>JobRunProperties</c> of Microsoft.StorageMover.
/// </summary>
public sealed record TransferCounters(
    long ItemsScanned = 0,
    long ItemsExcluded = 0,
    long ItemsUnsupported = 0,
    long ItemsNoTransferNeeded = 0,
    long ItemsFailed = 0,
    long ItemsTransferred = 0,
    long BytesScanned = 0,
    long BytesExcluded = 0,
    long BytesUnsupported = 0,
    long BytesNoTransferNeeded = 0,
    long BytesFailed = 0,
    long BytesTransferred = 0)
{
    /// <summary>Items that were scanned and have no outcome; none at the end of a run.</summary>
    public long ItemsOpen => ItemsScanned - ItemsExcluded - ItemsUnsupported - ItemsNoTransferNeeded - ItemsFailed - ItemsTransferred;

    /// <summary>Bytes of those.</summary>
    public long BytesOpen => BytesScanned - BytesExcluded - BytesUnsupported - BytesNoTransferNeeded - BytesFailed - BytesTransferred;

    /// <summary>The counters of a run that ended early: what it scanned and did not get to has failed.</summary>
    public TransferCounters Settled() => this with { ItemsFailed = ItemsFailed + ItemsOpen, BytesFailed = BytesFailed + BytesOpen };
}
