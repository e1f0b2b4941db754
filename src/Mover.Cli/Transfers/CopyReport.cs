using System.Text.Json.Nodes;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Cli.Progress;
using Mover.Core.Jobs;
using Mover.Transfer;

namespace Mover.Cli.Transfers;

/// <summary>What a copy says at its end.</summary>
internal static class CopyReport
{
    private static readonly Column[] Columns =
    [
        new("Outcome", "outcome"), new("Scanned", "itemsScanned"), new("Transferred", "itemsTransferred"), new(
            "Unchanged", "itemsNoTransferNeeded"),
        new("Failed", "itemsFailed"), new("Deleted", "itemsDeleted"), new("Bytes", "bytesTransferred"), new("Seconds", "seconds"),
    ];

    public static void Write(Terminal terminal, string format, TransferSummary summary, TimeSpan elapsed)
    {
        if (ResultWriter.Is(format, ResultWriter.Table))
        {
            WriteText(terminal.Out, summary, elapsed);
        }
        else
        {
            new ResultWriter(terminal).WriteOne(format, ToJson(summary, elapsed), Columns);
        }

        VerdictCodes.Warn(terminal, summary);
        if (summary.Fault is { } fault)
        {
            terminal.Error.WriteLine($"mover: {fault.Code}: {fault.Message}");
        }
    }

    private static void WriteText(TextWriter writer, TransferSummary summary, TimeSpan elapsed)
    {
        var counters = summary.Counters;
        var (items, bytes) = (Rate(Items(counters), elapsed), Rate(counters.BytesTransferred, elapsed));
        writer.WriteLine($"{Word(summary)} in {Figures.Span(elapsed)}: {Figures.Count((long)items)} items/s, {Figures.Bytes(bytes)}/s");
        CounterReport.Write(writer, counters);
        if (summary.ItemsDeleted + summary.ItemsNotDeleted > 0)
        {
            var kept = summary.ItemsNotDeleted > 0 ? $", {Figures.Count(summary.ItemsNotDeleted)} could not be" : string.Empty;
            writer.WriteLine($"{"Deleted",-12}{Figures.Count(summary.ItemsDeleted),15} items{kept}");
        }

        if (summary.FoldersNotListed > 0)
        {
            writer.WriteLine($"{"Not listed",-12}{Figures.Count(summary.FoldersNotListed),15} folders with unknown content");
        }

        if (summary.LedgerPath is not null)
        {
            writer.WriteLine($"Ledger      {summary.LedgerPath}");
            writer.WriteLine($"Merkle root {summary.MerkleRoot}");
        }
    }

    private static string Word(TransferSummary summary) =>
        summary.Outcome is RunOutcome.Succeeded && TransferVerdict.Of(summary).Kind is not VerdictKind.Complete
            ? "Ended with exceptions"
            : summary.Outcome.ToString();

    private static JsonObject ToJson(TransferSummary summary, TimeSpan elapsed)
    {
        var json = new JsonObject
        {
            ["outcome"] = summary.Outcome.ToString(),
            ["verdict"] = TransferVerdict.Of(summary).Kind.ToString(),
        };
        foreach (var (name, value) in CounterReport.ToJson(summary.Counters))
        {
            json[name] = value?.DeepClone();
        }

        json["itemsDeleted"] = summary.ItemsDeleted;
        json["itemsNotDeleted"] = summary.ItemsNotDeleted;
        json["foldersNotListed"] = summary.FoldersNotListed;
        json["bytesSent"] = summary.BytesSent;
        json["seconds"] = Math.Round(elapsed.TotalSeconds, 3);
        if (summary.LedgerPath is not null)
        {
            json["ledger"] = summary.LedgerPath;
            json["merkleRoot"] = summary.MerkleRoot;
        }

        if (summary.Notes.Count > 0)
        {
            json["warnings"] = new JsonArray([.. summary.Notes.Select(note =>
                (JsonNode)new JsonObject { ["code"] = note.Code.ToString(), ["items"] = note.Items, ["message"] = note.ToString() })]);
        }

        if (summary.Fault is { } fault)
        {
            json["error"] = new JsonObject { ["code"] = fault.Code.ToString(), ["message"] = fault.Message };
        }

        return json;
    }

    private static long Items(TransferCounters counters) =>
        counters.ItemsTransferred
            + counters.ItemsNoTransferNeeded + counters.ItemsFailed + counters.ItemsUnsupported + counters.ItemsExcluded;

    private static double Rate(long count, TimeSpan elapsed) => elapsed.TotalSeconds > 0 ? count / elapsed.TotalSeconds : 0;
}
