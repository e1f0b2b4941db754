using System.Globalization;
using Mover.Core.Jobs;

namespace Mover.Cli.Progress;

/// <summary>How much a run is about.</summary>
/// <param name="Items">Source items.</param>
/// <param name="Bytes">Their content.</param>
internal sealed record RunSize(long Items, long Bytes)
{
    /// <summary>What a run scanned; null when that was nothing, which tells nothing of the next.</summary>
    public static RunSize? Of(TransferCounters? counters) =>
        counters is { ItemsScanned: > 0 } ? new(counters.ItemsScanned, counters.BytesScanned) : null;
}

/// <summary>
/// A run at one moment, whoever carries it out. The scan goes only a little ahead of the copy, so its total is not known until late:
/// before, what the last run scanned stands for it, and the line says so.
/// </summary>
/// <param name="Status">What it does, one or two words.</param>
/// <param name="Counters">The twelve counters.</param>
/// <param name="IsScanned">True when every source item is known.</param>
internal sealed record RunProgress(string Status, TransferCounters Counters, bool IsScanned)
{
    /// <summary>No time left is told before a run was watched this long: its rates mean nothing yet.</summary>
    public static readonly TimeSpan TellAfter = TimeSpan.FromSeconds(5);

    /// <summary>Nor before this share of it is done.</summary>
    public const double TellFrom = 0.02;

    /// <summary>What the last run scanned; null when there was none.</summary>
    public RunSize? LastRun { get; init; }

    /// <summary>How far a mirror's deletions are; null before they begin and when there are none.</summary>
    public DeletionProgress? Deletions { get; init; }

    /// <summary>Large files that are on their way; null when there are none.</summary>
    public FilesInFlight? InFlight { get; init; }

    /// <summary>How long the run has been watched.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Items that got an outcome, or were deleted, over the last seconds.</summary>
    public double ItemsPerSecond { get; init; }

    /// <summary>Content bytes moved, over the last seconds.</summary>
    public double BytesPerSecond { get; init; }

    /// <summary>Items that got an outcome, over long enough for a time left.</summary>
    public double SteadyItemsPerSecond { get; init; }

    /// <summary>Bytes of items that got an outcome, over long enough for a time left.</summary>
    public double SteadyBytesPerSecond { get; init; }

    public long ItemsDone =>
        Counters.ItemsExcluded
            + Counters.ItemsUnsupported + Counters.ItemsNoTransferNeeded + Counters.ItemsFailed + Counters.ItemsTransferred;

    public long BytesDone =>
        Counters.BytesExcluded
            + Counters.BytesUnsupported + Counters.BytesNoTransferNeeded + Counters.BytesFailed + Counters.BytesTransferred;

    /// <summary>Bytes of items that got an outcome, and those that are there of the files on their way.</summary>
    public long BytesMoved => BytesDone + (InFlight?.Bytes ?? 0);

    /// <summary>True while a mirror deletes.</summary>
    public bool IsDeleting => Deletions is { } deletions && deletions.Done < deletions.Total;

    /// <summary>0 to 1 over items and bytes, whichever is further from its end; null while there is no total, nor a guess at it. A file on
    /// its way is no item that is missing: its bytes tell how far it is.</summary>
    public double? Share => Total is { } total ? Math.Min(Ratio(ItemsBegun, total.Items), Ratio(BytesMoved, total.Bytes)) : null;

    /// <summary>The time left at the rates of the last minute; null when it cannot be told, or would mean nothing yet.</summary>
    public TimeSpan? TimeLeft
    {
        get
        {
            if (Elapsed < TellAfter || IsDeleting || Total is not { } total || Share is not (>= TellFrom and < 1))
            {
                return null;
            }

            var items = Seconds(total.Items - ItemsBegun, SteadyItemsPerSecond);
            var bytes = Seconds(total.Bytes - BytesMoved, SteadyBytesPerSecond);
            return items is { } a && bytes is { } b && Math.Max(a, b) < 1e8 ? TimeSpan.FromSeconds(Math.Max(a, b)) : null;
        }
    }

    private long ItemsBegun => ItemsDone + (InFlight?.Files ?? 0);

    // A tree that has outgrown what the last run found tells that the guess is wrong, and nothing of how far.
    private bool IsGuessed => !IsScanned
        && LastRun is { } last && Counters.ItemsScanned <= last.Items && Counters.BytesScanned <= last.Bytes;

    private RunSize? Total => IsScanned ? new(Counters.ItemsScanned, Counters.BytesScanned) : IsGuessed ? LastRun : null;

    /// <summary>One line: what it does, how far it is, how fast, how long still.</summary>
    public override string ToString()
    {
        var failed = Counters.ItemsFailed > 0 ? $"  {Figures.Count(Counters.ItemsFailed)} failed" : string.Empty;
        var rate = $"{Figures.Count((long)ItemsPerSecond)} items/s";
        if (IsDeleting && Deletions is { } deletions)
        {
            return $"Deleting  {Figures.Count(deletions.Done)} of {Figures.Count(deletions.Total)} items  {rate}{failed}";
        }

        var about = IsGuessed ? "about " : string.Empty;
        var left = TimeLeft is { } time ? $"  {about}{Figures.Span(time)} left" : string.Empty;
        return $"{Status}  {HowFar(about)}  {Figures.Bytes(Counters.BytesTransferred + (InFlight?.Bytes ?? 0))}"
            + $"  {rate}  {Figures.Bytes(BytesPerSecond)}/s{failed}{left}";
    }

    private string HowFar(string about)
    {
        var done = Figures.Count(ItemsDone);
        return Total is { } total && Share is { } share
            ? string.Create(CultureInfo.InvariantCulture, $"{about}{Math.Floor(share * 100):F0} %  ")
                + $"{done} of {about}{Figures.Count(total.Items)} items{(IsGuessed ? ", from the last run" : string.Empty)}"
            : $"scanning  {done} of {Figures.Count(Counters.ItemsScanned)} items found so far";
    }

    private static double Ratio(long done, long all) => all == 0 ? 1 : Math.Min(1, (double)done / all);

    private static double? Seconds(long rest, double rate) => rest <= 0 ? 0 : rate > 0 ? rest / rate : null;
}
