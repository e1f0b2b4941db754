using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Mover.Cli.Frame;
using Mover.Cli.Host;
using Mover.Cli.Output;
using Mover.Cli.Progress;
using Mover.Transfer;
using Mover.Volumes.Local;

namespace Mover.Cli.Transfers;

/// <summary><c>mover plan SRC DST</c>: what a copy would do at this moment, one action a line, without one write.</summary>
internal static class PlanCommand
{
    /// <summary>Folders that are named of those that hide what they hold.</summary>
    private const int HiddenMax = 5;

    private static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create(Terminal terminal)
    {
        var ends = new TransferEnds();
        var flags = new TransferFlags();
        var log = new LogFlags(LogLevel.None);
        var all = new Option<bool>("--all") { Description = "Also list items that would stay as they are." };
        var output = ResultWriter.CreateFlag();
        var command = new Command(
            "plan",
            "List the exact actions of a copy without performing them, one per line; one JSON object per line with --output json. Exit "
                + "code 6 when items would fail, 9 when the target does not support some.");
        ends.AddTo(command);
        flags.AddTo(command);
        command.Add(all);
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
            var logger = logs.CreateLogger("plan");
            await using var source = await ends.OpenSourceAsync(parsed, terminal, cancel);
            await using var target = await ends.OpenTargetAsync(parsed, terminal, EndUse.Planned, cancel);
            using var work = StateFolder.CreateWork(state);
            var format = parsed.GetRequiredValue(output);
            var (actions, bytes, itemsThere) = (0L, 0L, 0L);
            var exceptions = new TransferExceptions();
            var hidden = new List<string>();
            await foreach (
                var action in TransferPlan.EnumerateAsync(source, target, options, work.Path, terminal.Clock, logger, cancel))
            {
                exceptions = Counted(exceptions, action);
                if (IsHidden(action) && hidden.Count < HiddenMax)
                {
                    hidden.Add($"{action.Path}/");
                }

                itemsThere += action.Kind is PlannedActionKind.Keep or PlannedActionKind.Copy or PlannedActionKind.SetMetadata
                    or PlannedActionKind.PutFolder or PlannedActionKind.PutLink ? 1 : 0;
                if (action.Kind == PlannedActionKind.Keep && !parsed.GetValue(all))
                {
                    continue;
                }

                actions += action.Kind == PlannedActionKind.Keep ? 0 : 1;
                bytes += action.Kind == PlannedActionKind.Copy ? action.SizeBytes : 0;
                Write(terminal.Out, format, action);
            }

            terminal.Error.WriteLine(
                $"{Figures.Count(actions)} action{(actions == 1 ? string.Empty : "s")}, {Figures.Bytes(bytes)} to copy.");
            var verdict = TransferVerdict.Of(exceptions, itemsThere);
            WarnOf(terminal, verdict, hidden);
            return VerdictCodes.Of(verdict);
        });
        return command;
    }

    private static TransferExceptions Counted(TransferExceptions exceptions, PlannedAction action) => action.Kind switch
    {
        PlannedActionKind.Fail => exceptions with
        {
            Failed = exceptions.Failed + 1,
            FoldersNotListed = exceptions.FoldersNotListed + (IsHidden(action) ? 1 : 0),
        },
        PlannedActionKind.Unsupported => exceptions with { Unsupported = exceptions.Unsupported + 1 },
        PlannedActionKind.NotDeleted => exceptions with { NotDeleted = exceptions.NotDeleted + 1 },
        _ => exceptions,
    };

    private static bool IsHidden(PlannedAction action) =>
        action.Kind is PlannedActionKind.Fail && TransferExceptions.IsFolderNotListed(action.Type, action.Code);

    private static void WarnOf(Terminal terminal, TransferVerdict verdict, List<string> hidden)
    {
        var (failed, unsupported, kept) = (verdict.Exceptions.Failed, verdict.Exceptions.Unsupported, verdict.Exceptions.NotDeleted);
        if (verdict.Kind is not VerdictKind.Complete)
        {
            terminal.Error.WriteLine(
                $"mover: a copy would be incomplete: {failed} items would fail, the target does not support {unsupported}, and {kept} "
                    + "would not be deleted. All of them are listed.");
        }

        if (verdict.Exceptions.FoldersNotListed is > 0 and { } folders)
        {
            terminal.Error.WriteLine(
                $"mover: the source hides the content of {Figures.Count(folders)} folder{(folders == 1 ? string.Empty : "s")} from uid "
                    + $"{Files.PrivateFolder.UserId}: {string.Join(", ", hidden)}{(folders > hidden.Count ? ", …" : string.Empty)}. The "
                    + "number of items in them is unknown.");
            terminal.Error.WriteLine(
                "       Run as a user that can read them, or export with no_root_squash; see docs/nfs-exports.md.");
        }
    }

    private static void Write(TextWriter writer, string format, PlannedAction action)
    {
        var word = Word(action.Kind);
        if (ResultWriter.Is(format, ResultWriter.Json))
        {
            writer.WriteLine(ToJson(word, action).ToJsonString(OneLine));
        }
        else if (ResultWriter.Is(format, ResultWriter.Tsv))
        {
            writer.WriteLine($"{word}\t{action.SizeBytes}\t{action.Code}\t{action.Path}\t{action.Why}");
        }
        else if (ResultWriter.Is(format, ResultWriter.Table))
        {
            var why = action.Why is null ? string.Empty : $"  ({action.Why})";
            writer.WriteLine($"{word,-12}{Figures.Bytes(action.SizeBytes),10}  {action.Path}{why}");
        }
    }

    private static JsonObject ToJson(string word, PlannedAction action)
    {
        var json = new JsonObject
        {
            ["action"] = word,
            ["path"] = action.Path.ToString(),
            ["type"] = action.Type.ToString().ToLowerInvariant(),
            ["bytes"] = action.SizeBytes,
            ["code"] = action.Code.ToString(),
        };
        if (action.Why is not null)
        {
            json["why"] = action.Why;
        }

        return json;
    }

    private static string Word(PlannedActionKind kind) => kind switch
    {
        PlannedActionKind.Keep => "keep",
        PlannedActionKind.Copy => "copy",
        PlannedActionKind.SetMetadata => "set-metadata",
        PlannedActionKind.PutFolder => "put-folder",
        PlannedActionKind.PutLink => "put-link",
        PlannedActionKind.Delete => "delete",
        PlannedActionKind.NotDeleted => "not-deleted",
        PlannedActionKind.Exclude => "exclude",
        PlannedActionKind.Unsupported => "unsupported",
        _ => "fail",
    };
}
