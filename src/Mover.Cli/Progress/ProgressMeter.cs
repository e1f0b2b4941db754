using Mover.Core.AgentProtocol;
using Mover.Core.Jobs;

namespace Mover.Cli.Progress;

/// <summary>
/// Follows one run and says how far it is. Rates are shown over the last seconds; the time left goes by the last minute, which a single
/// large file or a short pause does not throw about. Used from one thread.
/// </summary>
/// <param name="clock">The clock for rates.</param>
/// <param name="lastRun">What the last run of the same ends scanned; null when there was none.</param>
internal sealed class ProgressMeter(TimeProvider clock, RunSize? lastRun)
{
    private static readonly TimeSpan Shown = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Steady = TimeSpan.FromMinutes(1);
    private readonly ShownRate _items = new(clock, Shown);
    private readonly ShownRate _bytes = new(clock, Shown);
    private readonly ShownRate _deletions = new(clock, Shown);
    private readonly ShownRate _steadyItems = new(clock, Steady);
    private readonly ShownRate _steadyBytes = new(clock, Steady);
    private readonly long _since = clock.GetTimestamp();

    /// <param name="status">What the run does, one or two words.</param>
    /// <param name="counters">Its counters at this moment.</param>
    /// <param name="isScanned">True when every source item is known.</param>
    /// <param name="beyond">Its deletions, and the large files on their way.</param>
    /// <param name="bytesPerSecond">Content bytes moved lately, where the run knows them better than its counters of whole files.</param>
    public RunProgress Read(
        string status, TransferCounters counters, bool isScanned, RunProgressAnswer beyond, double? bytesPerSecond = null)
    {
        var (deletions, inFlight) = beyond;
        var moved = _bytes.Read(counters.BytesTransferred + (inFlight?.Bytes ?? 0));
        var progress = new RunProgress(status, counters, isScanned)
        {
            LastRun = lastRun,
            Deletions = deletions,
            InFlight = inFlight,
            Elapsed = clock.GetElapsedTime(_since),
            BytesPerSecond = bytesPerSecond ?? moved,
        };
        return progress with
        {
            ItemsPerSecond = progress.IsDeleting ? _deletions.Read(deletions?.Done ?? 0) : _items.Read(progress.ItemsDone),
            SteadyItemsPerSecond = _steadyItems.Read(progress.ItemsDone),
            SteadyBytesPerSecond = Math.Max(_steadyBytes.Read(progress.BytesMoved), bytesPerSecond ?? 0),
        };
    }
}
