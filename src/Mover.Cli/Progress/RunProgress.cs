using System.Globalization;
using Mover.Core.Jobs;

namespace Mover.Cli.Progress;

/// <summary>A run at one moment, whoever carries it out.</summary>
/// <param name="Status">What it does, one or two words.</param>
/// <param name="Counters">The twelve counters.</param>
/// <param name="IsScanned">True when every source item is known, so that a share and a time left can be told.</param>
/// <param name="ItemsPerSecond">Items that got an outcome, lately.</param>
/// <param name="BytesPerSecond">Content bytes moved, lately.</param>
internal sealed record RunProgress(string Status, TransferCounters Counters, bool IsScanned, double ItemsPerSecond, double BytesPerSecond)
{
    private long ItemsDone =>
        Counters.ItemsExcluded
            + Counters.ItemsUnsupported + Counters.ItemsNoTransferNeeded + Counters.ItemsFailed + Counters.ItemsTransferred;

    private long BytesDone =>
        Counters.BytesExcluded
            + Counters.BytesUnsupported + Counters.BytesNoTransferNeeded + Counters.BytesFailed + Counters.BytesTransferred;

    /// <summary>0 to 1 over items and bytes, whichever is further from its end; null while the scan runs.</summary>
    public double? Share => !IsScanned ? null
        : Math.Min(Ratio(ItemsDone, Counters.ItemsScanned), Ratio(BytesDone, Counters.BytesScanned));

    /// <summary>The time left at the present rates; null when it cannot be told.</summary>
    public TimeSpan? TimeLeft
    {
        get
        {
            var items = Seconds(Counters.ItemsScanned - ItemsDone, ItemsPerSecond);
            var bytes = Seconds(Counters.BytesScanned - BytesDone, BytesPerSecond);
            var longer = items is null || bytes is null ? items ?? bytes : Math.Max(items.Value, bytes.Value);
            return IsScanned && longer is < 1e8 ? TimeSpan.FromSeconds(longer.Value) : null;
        }
    }

    /// <summary>One line: what it does, how far it is, how fast, how long still.</summary>
    public override string ToString()
    {
        var share = Share is { } known ? string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(known * 100):F0} %") : "scanning";
        var failed = Counters.ItemsFailed > 0 ? $"  {Figures.Count(Counters.ItemsFailed)} failed" : string.Empty;
        var left = TimeLeft is { } time && ItemsDone < Counters.ItemsScanned ? $"  {Figures.Span(time)} left" : string.Empty;
        return $"{Status}  {share}  {Figures.Count(ItemsDone)} of {Figures.Count(Counters.ItemsScanned)} items"
            + $"  {Figures.Bytes(Counters.BytesTransferred)}"
            + $"  {Figures.Count((long)ItemsPerSecond)} items/s  {Figures.Bytes(BytesPerSecond)}/s{failed}{left}";
    }

    private static double Ratio(long done, long all) => all == 0 ? 1 : Math.Min(1, (double)done / all);

    private static double? Seconds(long rest, double rate) => rest <= 0 ? 0 : rate > 0 ? rest / rate : null;
}
