using System.Globalization;
using System.Text;

namespace Mover.SystemTests.Faults.Regions;

/// <summary>What a fault was.</summary>
/// <param name="Number">Its number in the campaign.</param>
/// <param name="Name">Its kind and form.</param>
/// <param name="Reigns">Who began to serve meanwhile.</param>
/// <param name="Fork">The number of the fork that it made; null for none.</param>
/// <param name="Notes">What commands said.</param>
/// <param name="Warnings">What the run was warned of.</param>
/// <param name="Began">When, on the clients' clock.</param>
/// <param name="Ended">When its migration had ended, too.</param>
internal sealed record RegionFaultRecord(
    int Number, string Name, IReadOnlyList<Reign> Reigns, int? Fork, string Notes, string Warnings, long Began, long Ended);

/// <summary>The figures of a campaign.</summary>
internal sealed class RegionFigures(IReadOnlyList<RegionFaultRecord> faults, RegionCheck check, RegionEvents events, int acknowledged)
{
    /// <summary>From each command that succeeded to the first write that the region acknowledged.</summary>
    public IReadOnlyList<TimeSpan> FirstWrites { get; } =
        [.. events.Reigns.Where(reign => reign.IsTaken).Select(check.FirstWrite).OfType<TimeSpan>().Order()];

    /// <summary>A line for each fault, and the sums.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var fault in faults)
        {
            text.Append(CultureInfo.InvariantCulture, $"{fault.Number,2} {fault.Name,-56} first write after ")
                .AppendJoin(", ", fault.Reigns.Where(reign => reign.IsTaken).Select(reign => Seconds(check.FirstWrite(reign))).DefaultIfEmpty("-"))
                .Append(CultureInfo.InvariantCulture, $"; longest pause {Seconds(check.LongestPause(fault.Began, fault.Ended))}");
            if (fault.Fork is { } fork)
            {
                var loss = check.Losses[fork];
                text.Append(CultureInfo.InvariantCulture, $"; lost {loss.Writes} of a predicted {Seconds(loss.Predicted)}, found {Seconds(loss.Found)}, "
                    + $"{loss.Late} sent after the take-over, all listed");
            }

            text.AppendLine(CultureInfo.InvariantCulture, $"; run once{(fault.Warnings.Length > 0 ? $" ({fault.Warnings})" : string.Empty)}; {TimeProvider.System.GetElapsedTime(fault.Began, fault.Ended).TotalSeconds:F0} s; {fault.Notes}");
        }

        return text.AppendLine(CultureInfo.InvariantCulture, $"{faults.Count} faults, {acknowledged} acknowledged writes, {check.Violations.Count} violations; "
                + $"first write {Told(FirstWrites)}; {check.MarkedReads} reads marked as from a copy; unmarked and old: "
                + $"{check.OldReadsAfterHandover} after a hand-over, {check.OldReadsAfterFailover} after a failover")
            .ToString();
    }

    private static string Told(IReadOnlyList<TimeSpan> sorted) => sorted.Count == 0 ? "none" : string.Create(
        CultureInfo.InvariantCulture, $"p50 {Seconds(At(sorted, 0.5))}, p99 {Seconds(At(sorted, 0.99))}, max {Seconds(sorted[^1])}");

    private static TimeSpan At(IReadOnlyList<TimeSpan> sorted, double share) => sorted[Math.Max(0, (int)Math.Ceiling(sorted.Count * share) - 1)];

    private static string Seconds(TimeSpan? time) => time is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known.TotalSeconds:F2} s") : "none";
}
