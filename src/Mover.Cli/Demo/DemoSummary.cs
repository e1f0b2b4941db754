using System.Globalization;
using Mover.Cli.Frame;
using Mover.Cli.Progress;
using Mover.Core.Jobs;
using Spectre.Console;

namespace Mover.Cli.Demo;

/// <summary>What the demo must prove, and how it is told.</summary>
internal static class DemoSummary
{
    /// <summary>Everything that has to be true for exit code 0; each with a sentence.</summary>
    public static IReadOnlyList<(bool IsTrue, string Claim)> Judge(DemoPass first, DemoChanges changes, DemoPass second, long deleted) =>
    [
        (Adds(first.Counters) && first.Counters is { ItemsFailed: 0, ItemsTransferred: > 0 },
            $"all {Figures.Count(first.Counters.ItemsTransferred)} items arrived, none failed"),
        (first.Verified.Differences == 0, $"{Figures.Bytes(first.Verified.BytesRead)} read back, every byte and every permission equal"),
        (Adds(second.Counters) && second.Counters.ItemsFailed == 0, "the second run counted every item once"),
        (MovedOnlyChanges(changes, second.Counters),
            $"only the differences were copied: {Figures.Count(second.Counters.ItemsTransferred)} items"),
        (deleted == changes.Deleted, $"{deleted} items deleted at the source were deleted at the target"),
        (second.Verified.Differences == 0, $"{Figures.Bytes(second.Verified.BytesRead)} read back again, equal again"),
    ];

    public static void Write(Terminal terminal, DemoPass first, DemoPass second)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn(string.Empty)
            .AddColumn(new TableColumn("first run").RightAligned())
            .AddColumn(new TableColumn("after the changes").RightAligned());
        Row(table, "items scanned", first, second, c => Figures.Count(c.ItemsScanned));
        Row(table, "items moved", first, second, c => Figures.Count(c.ItemsTransferred));
        Row(table, "items unchanged", first, second, c => Figures.Count(c.ItemsNoTransferNeeded));
        Row(table, "items failed", first, second, c => Figures.Count(c.ItemsFailed));
        Row(table, "bytes moved", first, second, c => Figures.Bytes(c.BytesTransferred));
        table.AddRow("time", Seconds(first.Elapsed), Seconds(second.Elapsed));
        terminal.ResultsConsole.Write(table);
    }

    private static void Row(Table table, string title, DemoPass first, DemoPass second, Func<TransferCounters, string> figure) =>
        table.AddRow(title, figure(first.Counters), figure(second.Counters));

    /// <summary>Scanned is the sum of the five outcomes, in items and bytes.</summary>
    private static bool Adds(TransferCounters c) =>
        c.ItemsScanned == c.ItemsExcluded + c.ItemsUnsupported + c.ItemsNoTransferNeeded + c.ItemsFailed + c.ItemsTransferred
        && c.BytesScanned == c.BytesExcluded + c.BytesUnsupported + c.BytesNoTransferNeeded + c.BytesFailed + c.BytesTransferred;

    /// <summary>The changed files, and at most the folders whose own time moved with them.</summary>
    private static bool MovedOnlyChanges(DemoChanges changes, TransferCounters c) =>
        c.ItemsTransferred >= changes.Items
            && c.ItemsTransferred <= changes.Items + changes.Folders && c.BytesTransferred <= changes.BytesMax;

    private static string Seconds(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:F1} s");
}
