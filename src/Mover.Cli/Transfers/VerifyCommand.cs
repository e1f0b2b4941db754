using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Mover.Cli.Frame;
using Mover.Cli.Host;
using Mover.Cli.Output;
using Mover.Cli.Progress;
using Mover.Transfer;
using Mover.Volumes.Local;

namespace Mover.Cli.Transfers;

/// <summary><c>mover verify</c>: reads the target back and compares every byte with the source, or with a ledger.</summary>
internal static class VerifyCommand
{
    public static Command Create(Terminal terminal)
    {
        var ends = new TransferEnds(sourceIsOptional: true);
        var flags = new TransferFlags();
        var log = new LogFlags(LogLevel.None);
        var ledger = new Option<string?>("--ledger")
        {
            Description = "Ledger to compare DST with, instead of a source.",
            HelpName = "file",
        };
        var output = ResultWriter.CreateFlag();
        var command = new Command(
            "verify", "Read the target back and compare it: verify SRC DST, or verify --ledger FILE DST. Exit code 7 when items "
                + "differ, 10 when some items could not be compared.")
        {
            ledger,
        };
        ends.AddTo(command);
        flags.AddTo(command);
        command.Add(output);
        log.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var state = ends.State.Open(parsed, terminal);
            var options = flags.Read(parsed) with
            {
                StatePlace = LocalVolume.PlaceOf(state),
                Notice = notice => terminal.Error.WriteLine(FailureList.LineOf(notice)),
            };
            using var logs = log.CreateFactory(parsed);
            var logger = logs.CreateLogger("verify");
            var format = parsed.GetRequiredValue(output);
            var file = parsed.GetValue(ledger);
            using var work = StateFolder.CreateWork(state);
            await using var target = await ends.OpenTargetAsync(parsed, terminal, EndUse.Verified, cancel);
            var report = new DifferenceReport(terminal, format);
            VerificationSummary summary;
            if (file is not null)
            {
                RequireFile(file, ends.SourceText(parsed));
                summary = await AgainstLedgerAsync(
                    file, () => Verification.AgainstLedgerAsync(file, target, options, work.Path, report.Add, logger, cancel));
            }
            else
            {
                await using var source = await ends.OpenSourceAsync(parsed, terminal, cancel);
                summary = await Verification.AgainstSourceAsync(
                    source, target, options, work.Path, report.Add, logger, cancel);
            }

            report.Finish(summary);
            return summary.Differences > 0 ? ExitCodes.Differs : VerdictCodes.Of(TransferVerdict.Of(summary));
        });
        return command;
    }

    private static async Task<VerificationSummary> AgainstLedgerAsync(string ledger, Func<Task<VerificationSummary>> verify)
    {
        try
        {
            return await verify();
        }
        catch (InvalidDataException broken)
        {
            throw new CliException(
                ExitCodes.Differs, "LedgerBroken", $"'{ledger}' is not valid, so nothing was verified: {broken.Message}",
                "Use the unmodified ledger of the run, or compare with the source.", broken);
        }
    }

    private static void RequireFile(string ledger, string source)
    {
        if (source.Length > 0)
        {
            throw CliException.Usage("Both a ledger and a source were specified; use only one.");
        }

        if (!File.Exists(ledger))
        {
            throw new CliException(ExitCodes.NotFound, "NoLedger", $"The ledger '{ledger}' does not exist.");
        }
    }

    /// <summary>Writes differences as they are found (one a line), or all of them as JSON at the end.</summary>
    private sealed class DifferenceReport(Terminal terminal, string format)
    {
        /// <summary>More differences than this are counted, not listed: a wrong target is not a listing.</summary>
        private const int ListedMax = 10_000;

        private readonly JsonArray _listed = [];
        private int _count;

        public void Add(Difference difference)
        {
            if (++_count > ListedMax)
            {
                return;
            }

            var kind = difference.Kind is DifferenceKind.NotCompared ? "not-compared" : difference.Kind.ToString().ToLowerInvariant();
            if (ResultWriter.Is(format, ResultWriter.Json))
            {
                _listed.Add((JsonNode)new JsonObject
                {
                    ["kind"] = kind, ["path"] = difference.Path.ToString(), ["details"] = difference.Details,
                });
            }
            else if (!ResultWriter.Is(format, ResultWriter.None))
            {
                terminal.Out.WriteLine($"{kind}\t{difference.Path}\t{difference.Details}");
            }
        }

        public void Finish(VerificationSummary summary)
        {
            if (ResultWriter.Is(format, ResultWriter.Json))
            {
                new ResultWriter(terminal).WriteJson(new JsonObject
                {
                    ["isEqual"] = TransferVerdict.Of(summary).Kind is VerdictKind.Complete,
                    ["itemsChecked"] = summary.ItemsChecked,
                    ["itemsSkipped"] = summary.ItemsSkipped,
                    ["itemsNotCompared"] = summary.ItemsNotCompared,
                    ["bytesRead"] = summary.BytesRead,
                    ["differences"] = summary.Differences,
                    ["listed"] = _listed,
                });
            }

            if (TransferVerdict.Of(summary).Exceptions.NothingCompared)
            {
                terminal.Error.WriteLine($"Nothing was compared. {TransferNotes.SourceEmpty}");
                return;
            }

            var noun = summary.Differences == 1 ? "difference" : "differences";
            terminal.Error.WriteLine(summary is { Differences: 0, ItemsNotCompared: > 0 }
                ? $"No difference in {Figures.Count(summary.ItemsChecked)} items, but {Figures.Count(summary.ItemsNotCompared)} were not "
                    + "compared: nothing is known about them."
                : summary.Differences == 0
                ? $"Equal: {Figures.Count(summary.ItemsChecked)} items, {Figures.Bytes(summary.BytesRead)} read back."
                : $"{Figures.Count(summary.Differences)} {noun} in {Figures.Count(summary.ItemsChecked)} items.");
        }
    }
}
