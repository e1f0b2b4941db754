using System.Globalization;
using System.Text;

namespace Mover.SystemTests.Faults;

/// <summary>What a fault was, and how long management was out.</summary>
/// <param name="Name">The kind.</param>
/// <param name="Zone">The zone it happened to.</param>
/// <param name="Led">Whether its member led.</param>
/// <param name="Began">When, on the clients' clock.</param>
/// <param name="Healed">When it was taken back.</param>
/// <param name="Well">When all served again.</param>
internal sealed record FaultRecord(string Name, int Zone, bool Led, long Began, long Healed, long Well)
{
    /// <summary>All zones refused writes until it was taken back.</summary>
    public bool IsOfAll { get; init; }
}

/// <summary>The figures of a campaign.</summary>
internal sealed class FaultFigures
{
    private readonly List<(FaultRecord Fault, TimeSpan Next, TimeSpan Longest, TimeSpan Return)> _rows = [];

    public FaultFigures(IReadOnlyList<FaultRecord> faults, IReadOnlyList<IReadOnlyList<Attempt>> acknowledged)
    {
        Acknowledged = acknowledged.Sum(client => client.Count);
        for (var at = 0; at < faults.Count; at++)
        {
            var (fault, until) = (faults[at], at + 1 < faults.Count ? faults[at + 1].Began : long.MaxValue);
            _rows.Add((
                fault,
                acknowledged.Max(client => Next(client, fault.Began)),
                acknowledged.Max(client => LongestPause(client, fault.Began, until)),
                acknowledged.Max(client => Next(client, fault.Healed))));
        }
    }

    /// <summary>Acknowledged writes.</summary>
    public int Acknowledged { get; }

    /// <summary>For each fault of a zone, how long the client that waited longest was without an acknowledged write, until the next fault.</summary>
    public IReadOnlyList<TimeSpan> Outages => [.. _rows.Where(row => !row.Fault.IsOfAll).Select(row => row.Longest).Order()];

    /// <summary>For each fault of a zone, how long after its begin the last client had a write acknowledged that it sent after the begin.</summary>
    public IReadOnlyList<TimeSpan> FirstWrites => [.. _rows.Where(row => !row.Fault.IsOfAll).Select(row => row.Next).Order()];

    /// <summary>For each fault of all zones, how long after its end the last client had a write acknowledged that it sent after the end.</summary>
    public IReadOnlyList<TimeSpan> Returns => [.. _rows.Where(row => row.Fault.IsOfAll).Select(row => row.Return).Order()];

    /// <summary>A row for each fault, and the sums.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (fault, next, longest, _) in _rows)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{fault.Name,-48} zone {fault.Zone}{(fault.Led ? ", led" : string.Empty),-5} "
                + $"lasted {Seconds(fault.Began, fault.Healed):F1} s, all well after {Seconds(fault.Healed, fault.Well):F1} s; "
                + $"next write {next.TotalSeconds:F2} s, longest pause {longest.TotalSeconds:F2} s");
        }

        return text.AppendLine(CultureInfo.InvariantCulture, $"{_rows.Count} faults, {Acknowledged} acknowledged writes; next write {Told(FirstWrites)}; "
            + $"longest pause {Told(Outages)}; next write after the end of a fault of all zones {Told(Returns)}").ToString();
    }

    private static string Told(IReadOnlyList<TimeSpan> sorted) => sorted.Count == 0 ? "none" : string.Create(
        CultureInfo.InvariantCulture,
        $"p50 {At(sorted, 0.5).TotalSeconds:F2} s, p99 {At(sorted, 0.99).TotalSeconds:F2} s, max {sorted[^1].TotalSeconds:F2} s");

    private static TimeSpan At(IReadOnlyList<TimeSpan> sorted, double share) => sorted[Math.Max(0, (int)Math.Ceiling(sorted.Count * share) - 1)];

    private static TimeSpan Next(IReadOnlyList<Attempt> client, long began) =>
        client.FirstOrDefault(write => write.Begin >= began) is { } write ? TimeProvider.System.GetElapsedTime(began, write.End) : TimeSpan.Zero;

    private static TimeSpan LongestPause(IReadOnlyList<Attempt> client, long began, long until)
    {
        var (longest, last) = (TimeSpan.Zero, began);
        foreach (var write in client.Where(write => write.End > began))
        {
            var pause = TimeProvider.System.GetElapsedTime(last, write.End);
            longest = pause > longest ? pause : longest;
            last = write.End;
            if (write.End >= until)
            {
                break;
            }
        }

        return longest;
    }

    private static double Seconds(long from, long to) => TimeProvider.System.GetElapsedTime(from, to).TotalSeconds;
}
