namespace Mover.SystemTests.Harness;

/// <summary>One line of a ledger.</summary>
/// <param name="Result">X excluded, U unsupported, N no transfer needed, F failed, T transferred.</param>
/// <param name="Code">The code's number.</param>
/// <param name="Path">The item, escaped as in the ledger.</param>
internal sealed record LedgerItem(char Result, int Code, string Path);

/// <summary>A ledger as a script would read it: tabs and lines.</summary>
internal sealed class RunLedger(IReadOnlyList<LedgerItem> items)
{
    public IReadOnlyList<LedgerItem> Items { get; } = items;

    public static RunLedger Read(string file) => new(
    [
        .. File.ReadLines(file).Where(line => !line.StartsWith('#')).Select(line => line.Split('\t'))
            .Select(fields => new LedgerItem(fields[0][0], int.Parse(fields[2], System.Globalization.CultureInfo.InvariantCulture), fields[6])),
    ]);

    /// <summary>Each item stands there once, and there are as many as the run says it scanned.</summary>
    public void AssertEveryItemOnce(System.Text.Json.Nodes.JsonNode run)
    {
        Assert.Equal(Items.Count, Items.Select(item => item.Path).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(run["itemsScanned"]!.GetValue<long>(), Items.Count);
    }
}
