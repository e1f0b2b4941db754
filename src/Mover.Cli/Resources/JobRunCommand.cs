using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Cli.Progress;
using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Cli.Resources;

/// <summary><c>mover job-run</c>: what runs did and do.</summary>
internal static class JobRunCommand
{
    public static readonly Noun Noun = Noun.Of(
        JobRun.Described,
        [
            Column.Name, new("Status", "properties.status"), new("Scan", "properties.scanStatus"),
            new("Scanned", "properties.itemsScanned"), new("Transferred", "properties.itemsTransferred"),
            new("Unchanged", "properties.itemsNoTransferNeeded"), new("Failed", "properties.itemsFailed"),
            new("Unsupported", "properties.itemsUnsupported"), new("Excluded", "properties.itemsExcluded"),
            new("Bytes", "properties.bytesTransferred"), new("Started", "properties.executionStartTime"),
            new("Ended", "properties.executionEndTime"), new("Error", "properties.error.message"),
        ]);

    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(1);

    public static Command Create(Terminal terminal)
    {
        var verbs = new NounVerbs(Noun, terminal);
        return new("job-run", "Show job runs, and follow one live.")
        {
            Show(verbs, terminal),
            verbs.List(),
            Watch(terminal),
            JobRunFailures.Create(terminal),
        };
    }

    private static Command Show(NounVerbs verbs, Terminal terminal)
    {
        var scope = new ScopeFlags(Noun, withName: true);
        return verbs.Build("show", "Show one job run.", scope, [], async (plane, parsed, format, cancel) =>
        {
            var document = await plane.Client.GetAsync(await scope.ReadIdAsync(parsed, plane, cancel), cancel);
            new ResultWriter(terminal).WriteOne(format, document, Noun.Columns);
            if (ResultWriter.Is(format, ResultWriter.Table))
            {
                RunVerdict.WriteNotes(terminal, document);
            }
        });
    }

    /// <summary>Follows the run that is named, or the latest one of the definition.</summary>
    private static Command Watch(Terminal terminal)
    {
        var scope = new ScopeFlags(Noun, withName: false);
        var name = NameFlag();
        var interval = new Option<double>("--interval")
        {
            Description = "Polling interval in seconds.",
            DefaultValueFactory = _ => DefaultInterval.TotalSeconds,
        };
        var output = ResultWriter.CreateFlag();
        var connection = new ConnectionFlags();
        var command = new Command(
            "watch",
            "Follow a job run until it ends: progress, rate and time left. Exit code 6 when items failed or the run did not succeed, "
                + "9 when the target does not support some.")
        {
            name, interval, output,
        };
        scope.AddTo(command);
        connection.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            using var plane = connection.Open(parsed, terminal);
            var collection = await scope.ReadCollectionAsync(parsed, plane, cancel);
            var run = await FindRunAsync(plane, collection, parsed.GetValue(name), cancel);
            var seconds = Math.Clamp(parsed.GetValue(interval), 0.1, 3600);
            var document = await FollowAsync(terminal, plane, run, TimeSpan.FromSeconds(seconds), cancel);
            Report(terminal, document, parsed.GetRequiredValue(output));
            return RunVerdict.ExitCodeOf(document);
        });
        return command;
    }

    public static Option<string?> NameFlag() =>
        new("--name", "-n", "--job-run-name") { Description = "Name of the job run; by default, the latest." };

    /// <summary>The run that is named, or the latest one of the definition.</summary>
    public static async Task<ResourceId> FindRunAsync(ControlPlane plane, string collection, string? name, CancellationToken cancel)
    {
        var cut = collection.LastIndexOf('/');
        if (!ResourceId.TryParse(collection[..cut], out var definition))
        {
            throw CliException.Usage($"'{collection[..cut]}' is not a job definition.");
        }

        if (name is not null)
        {
            return definition.Child(JobRun.Described, name);
        }

        var document = await plane.Client.GetAsync(definition, cancel);
        return document["properties"]?["latestJobRunName"]?.ToString() is { Length: > 0 } latest
            ? definition.Child(JobRun.Described, latest)
            : throw new CliException(
                ExitCodes.NotFound, "NoRun", $"'{definition.Name}' has never been started.", "Start it: mover job-definition start-job …");
    }

    private static async Task<JsonObject> FollowAsync(
        Terminal terminal, ControlPlane plane, ResourceId run, TimeSpan interval, CancellationToken cancel)
    {
        try
        {
            return await new JobRunWatch(plane, terminal, interval).FollowAsync(run, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            terminal.Error.WriteLine(
                $"The run continues. Follow it: mover job-run watch … -n {run.Name}. Stop it: mover job-definition stop-job …");
            throw;
        }
    }

    private static void Report(Terminal terminal, JsonObject document, string format)
    {
        var properties = document["properties"];
        if (ResultWriter.Is(format, ResultWriter.Table))
        {
            terminal.Out.WriteLine($"Run {document["name"]} {properties?["status"]}");
            CounterReport.Write(terminal.Out, CounterReport.Read(document));
        }
        else
        {
            new ResultWriter(terminal).WriteOne(format, document, Noun.Columns);
        }

        RunVerdict.WriteError(terminal, document);
        RunVerdict.WriteNotes(terminal, document);
        terminal.Error.WriteLine(RunVerdict.Of(document));
        if (RunVerdict.Hint(document) is { } hint)
        {
            terminal.Error.WriteLine(hint);
        }
    }
}
