using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Mover.Agent;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Cli.Progress;
using Mover.Cli.Transfers;
using Mover.Client;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Transfer;

namespace Mover.Cli.Resources;

/// <summary><c>mover job-run failures</c>: the items of a run that did not arrive, from its copy log, each with what to do.</summary>
internal static class JobRunFailures
{
    private static readonly Column[] Columns =
        [new("Path", "path"), new("Result", "transferResult"), new("Code", "statusCode"), new("Cause", "details"), new("Remedy", "remedy")];

    public static Command Create(Terminal terminal)
    {
        var scope = new ScopeFlags(JobRunCommand.Noun, withName: false);
        var name = JobRunCommand.NameFlag();
        var retry = new Option<bool>("--retry")
        {
            Description = "Then start a run of only the failed items, including everything below a failed folder. It "
                + "deletes nothing. Requires the ledger of the run on its agent's host.",
        };
        var output = ResultWriter.CreateFlag();
        var connection = new ConnectionFlags();
        var command = new Command(
            "failures",
            "List the items that were not copied: path (escaped as in the ledger), code, cause and remedy. Exit code 6 when items "
                + "failed or the run did not succeed, 9 when the target does not support some.")
        {
            name, retry, output,
        };
        scope.AddTo(command);
        connection.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            using var plane = connection.Open(parsed, terminal);
            var collection = await scope.ReadCollectionAsync(parsed, plane, cancel);
            var run = await JobRunCommand.FindRunAsync(plane, collection, parsed.GetValue(name), cancel);
            var items = await ReadAsync(plane, run, cancel);
            new ResultWriter(terminal).WriteMany(parsed.GetRequiredValue(output), items, Columns);
            var document = await plane.Client.GetAsync(run, cancel);
            RunVerdict.WriteError(terminal, document);
            terminal.Error.WriteLine(RunVerdict.Of(document));
            if (items.Count < RunVerdict.Missing(document))
            {
                terminal.Error.WriteLine($"The log lists {Figures.Count(items.Count)} of them; the ledger lists all.");
                RunVerdict.WriteLedger(terminal, document);
            }

            if (parsed.GetValue(retry))
            {
                var started = await plane.Client.RetryFailedAsync(run, cancel);
                var failed = CounterReport.Read(document).ItemsFailed;
                terminal.Error.WriteLine(
                    $"Started {started.Name} for the {Figures.Count(failed)} failed items of {run.Name}. "
                        + "Follow it: mover job-run watch");
                return ExitCodes.Ok;
            }

            return RunVerdict.ExitCodeOf(document);
        });
        return command;
    }

    private static async Task<List<JsonObject>> ReadAsync(ControlPlane plane, ResourceId run, CancellationToken cancel)
    {
        var items = new List<JsonObject>();
        await foreach (var item in plane.Client.ListAsync($"{run}/copyLog", cancel))
        {
            item["remedy"] = ItemRemedies.Of(item["statusCode"]?.ToString());
            items.Add(item);
        }

        return items;
    }
}

/// <summary>A run's end in one sentence: what arrived, and what did not.</summary>
internal static class RunVerdict
{
    /// <summary>Items that are not at the target as they are at the source.</summary>
    public static long Missing(JsonObject run)
    {
        var counters = CounterReport.Read(run);
        return counters.ItemsFailed + counters.ItemsUnsupported + counters.ItemsExcluded;
    }

    /// <summary>The exit code of a run's end, as a copy has it; 0 while the run goes on.</summary>
    public static int ExitCodeOf(JsonObject run)
    {
        var counters = CounterReport.Read(run);
        var status = run["properties"]?["status"]?.ToString();
        if (status != JobRunStatuses.Succeeded)
        {
            return JobRunStatuses.IsTerminal(status) ? ExitCodes.Incomplete : ExitCodes.Ok;
        }

        // How many a mirror could not delete is in the warning's sentence alone.
        var notDeleted = WarningsOf(run).Count(note => note?["code"]?.ToString() == TransferExceptions.NotDeletedCode);
        return VerdictCodes.Of(TransferVerdict.Of(
            new(counters.ItemsFailed, counters.ItemsUnsupported, notDeleted), counters.ItemsTransferred + counters.ItemsNoTransferNeeded));
    }

    /// <summary>Whether the run has a warning with this code.</summary>
    public static bool HasWarning(JsonObject run, string code) => WarningsOf(run).Any(note => note?["code"]?.ToString() == code);

    /// <summary>Tells what else a person should know of the run, such as what a mirror deleted, and where its ledger is.</summary>
    public static void WriteNotes(Terminal terminal, JsonObject run)
    {
        foreach (var note in WarningsOf(run))
        {
            terminal.Error.WriteLine(note?["message"]?.ToString());
        }

        WriteLedger(terminal, run);
    }

    /// <summary>Tells where the ledger is; only a run that got to its end has one.</summary>
    public static void WriteLedger(Terminal terminal, JsonObject run)
    {
        if (run["properties"]?["status"]?.ToString() == JobRunStatuses.Succeeded)
        {
            terminal.Error.WriteLine(
                $"Ledger: {AgentFolder.LedgerOf(string.Empty, $"{run["name"]}")} "
                    + $"in the folder of agent '{run["properties"]?["agentName"]}'; `mover agent status` on its host shows the folder.");
        }
    }

    private static JsonArray WarningsOf(JsonObject run) => run["properties"]?["warnings"] as JsonArray ?? [];

    /// <summary>The line that lists what did not arrive; null when everything did.</summary>
    public static string? Hint(JsonObject run) =>
        Missing(run) > 0 && ResourceId.TryParse(run["id"]?.ToString(), out var id)
            && id.Parent is var job && job.Parent is var project && project.Parent is var mover
            ? $"List them: mover job-run failures -g {id.ResourceGroup} --storage-mover-name {mover.Name} --project-name {project.Name} "
                + $"--job-definition-name {job.Name} -n {id.Name}"
            : null;

    /// <summary>Tells of the error that a run ended with.</summary>
    public static void WriteError(Terminal terminal, JsonObject run)
    {
        if (run["properties"]?["error"] is JsonObject error)
        {
            terminal.Error.WriteLine($"mover: {error["code"]}: {error["message"]}");
        }
    }

    public static string Of(JsonObject run)
    {
        var counters = CounterReport.Read(run);
        var status = run["properties"]?["status"]?.ToString();
        if (!JobRunStatuses.IsTerminal(status))
        {
            return $"The run is {status}.";
        }

        var missing = Missing(run);
        if (missing == 0)
        {
            return status == JobRunStatuses.Succeeded
                ? $"All {Figures.Count(counters.ItemsScanned)} items were copied."
                : $"The run ended with status {status}; items it did not reach were not copied.";
        }

        (long Count, string Word)[] all =
            [(counters.ItemsFailed, "failed"), (counters.ItemsUnsupported, "unsupported"), (counters.ItemsExcluded, "excluded")];
        var parts = all.Where(part => part.Count > 0).Select(part => $"{Figures.Count(part.Count)} {part.Word}");
        var noun = counters.ItemsScanned == 1 ? "item" : "items";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Figures.Count(missing)} of {Figures.Count(counters.ItemsScanned)} {noun} were not copied: {string.Join(", ", parts)}.");
    }
}
