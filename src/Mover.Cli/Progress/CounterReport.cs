using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Core.Jobs;

namespace Mover.Cli.Progress;

/// <summary>The twelve counters, for people and as JSON under the names of the ARM API.</summary>
internal static class CounterReport
{
    public static void Write(TextWriter writer, TransferCounters counters)
    {
        WriteLine(writer, "Scanned", counters.ItemsScanned, counters.BytesScanned);
        WriteLine(writer, "Transferred", counters.ItemsTransferred, counters.BytesTransferred);
        WriteLine(writer, "Unchanged", counters.ItemsNoTransferNeeded, counters.BytesNoTransferNeeded);
        WriteLine(writer, "Unsupported", counters.ItemsUnsupported, counters.BytesUnsupported);
        WriteLine(writer, "Excluded", counters.ItemsExcluded, counters.BytesExcluded);
        WriteLine(writer, "Failed", counters.ItemsFailed, counters.BytesFailed);
    }

    public static JsonObject ToJson(TransferCounters counters) => new()
    {
        ["itemsScanned"] = counters.ItemsScanned,
        ["itemsExcluded"] = counters.ItemsExcluded,
        ["itemsUnsupported"] = counters.ItemsUnsupported,
        ["itemsNoTransferNeeded"] = counters.ItemsNoTransferNeeded,
        ["itemsFailed"] = counters.ItemsFailed,
        ["itemsTransferred"] = counters.ItemsTransferred,
        ["bytesScanned"] = counters.BytesScanned,
        ["bytesExcluded"] = counters.BytesExcluded,
        ["bytesUnsupported"] = counters.BytesUnsupported,
        ["bytesNoTransferNeeded"] = counters.BytesNoTransferNeeded,
        ["bytesFailed"] = counters.BytesFailed,
        ["bytesTransferred"] = counters.BytesTransferred,
    };

    /// <summary>Reads the counters of a job run; those that are absent, before the run has started, count as 0.</summary>
    public static TransferCounters Read(JsonObject jobRun)
    {
        var properties = jobRun["properties"] as JsonObject ?? [];
        return new(
            Number(properties, "itemsScanned"),
            Number(properties, "itemsExcluded"),
            Number(properties, "itemsUnsupported"),
            Number(properties, "itemsNoTransferNeeded"),
            Number(properties, "itemsFailed"),
            Number(properties, "itemsTransferred"),
            Number(properties, "bytesScanned"),
            Number(properties, "bytesExcluded"),
            Number(properties, "bytesUnsupported"),
            Number(properties, "bytesNoTransferNeeded"),
            Number(properties, "bytesFailed"),
            Number(properties, "bytesTransferred"));
    }

    private static long Number(JsonObject properties, string name) =>
        properties[name] is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue<long>(out var number)
            ? number
            : 0;

    private static void WriteLine(TextWriter writer, string what, long items, long bytes) =>
        writer.WriteLine($"{what,-12}{Figures.Count(items),15} items{Figures.Bytes(bytes),14}");
}
