using System.Globalization;
using System.Text;

namespace Mover.SystemTests.Harness;

/// <summary>What a failover and the failback after it took.</summary>
/// <param name="Round">Its number.</param>
/// <param name="Command">From the loss to the end of the command.</param>
/// <param name="Served">From the loss to the first write that the other region acknowledged.</param>
/// <param name="Predicted">The window that the command named, up to the last acknowledgement before the loss.</param>
/// <param name="Found">The window that was lost.</param>
/// <param name="Written">Writes that were acknowledged before the loss.</param>
/// <param name="Lost">Those of them that were lost.</param>
/// <param name="Back">From the command to go back to the first write that is acknowledged there.</param>
internal sealed record FailoverFigures(
    int Round, TimeSpan Command, TimeSpan Served, TimeSpan Predicted, TimeSpan Found, int Written, int Lost, TimeSpan Back)
{
    public override string ToString() =>
        $"round {Round}: command {Seconds(Command)}, first write after {Seconds(Served)}, {Lost} of {Written} writes lost, predicted within "
        + $"{Seconds(Predicted)}, found within {Seconds(Found)}; back after {Seconds(Back)}";

    /// <summary>A line for each, and their middle and most.</summary>
    public static string Told(string store, IReadOnlyList<FailoverFigures> all)
    {
        var text = new StringBuilder().AppendJoin('\n', all).AppendLine();
        return text.AppendLine(CultureInfo.InvariantCulture, $"{store}, {all.Count} there and back: first write {Spread(all, one => one.Served)}; "
                + $"back {Spread(all, one => one.Back)}; {all.Sum(one => one.Lost)} of {all.Sum(one => one.Written)} writes lost; predicted "
                + $"{Spread(all, one => one.Predicted)}; found {Spread(all, one => one.Found)}").ToString();
    }

    private static string Spread(IReadOnlyList<FailoverFigures> all, Func<FailoverFigures, TimeSpan> figure)
    {
        var sorted = all.Select(figure).Order().ToList();
        return $"p50 {Seconds(sorted[(sorted.Count - 1) / 2])}, max {Seconds(sorted[^1])}";
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F2} s");
}
