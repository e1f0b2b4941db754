using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Transfers;
using Mover.Client.Arm;
using Mover.Core.Regions;
using Mover.Recovery;
using Mover.Recovery.Drill;
using Mover.Recovery.Plans;
using Mover.Recovery.Snapshots;

namespace Mover.Cli.Recovery;

/// <summary>What a drill needs besides its plan and its control plane; of <c>drill</c> and <c>watch</c>.</summary>
internal sealed class DrillFlags(PlanFlags wish)
{
    private const int PatienceDefault = 120;

    private readonly Option<string[]> _mounts = new("--mount")
    {
        Description = "Mounts of the scratch agent, which runs here: HOST:/EXPORT=/local/path. Repeatable.",
        HelpName = "remote=local",
    };
    private readonly Option<int> _patience = new("--patience")
    {
        Description = "Seconds to wait for the agent, the first byte and the end of runs.",
        DefaultValueFactory = _ => PatienceDefault,
        HelpName = "seconds",
    };
    private readonly Option<string?> _report = new("--report")
    {
        Description = "Write the drill report to this file as Markdown, and next to it as .json. Later drills overwrite it.",
        HelpName = "file",
    };
    private readonly BlobCredentials _credentials = new();

    public void AddTo(Command command)
    {
        command.Add(_mounts);
        command.Add(_patience);
        command.Add(_report);
        _credentials.AddTo(command);
    }

    /// <param name="parsed">The command line.</param>
    /// <param name="plane">The destination.</param>
    /// <param name="settings">How it is reached.</param>
    /// <param name="terminal">Where lines go.</param>
    /// <param name="keeps">Whether what the drill made stays.</param>
    public DrillRun Open(ParseResult parsed, ControlPlane plane, ConnectionSettings settings, Terminal terminal, bool keeps = false) =>
        new(
            plane, settings, new(_credentials, parsed, terminal, plane),
            new(TimeSpan.FromSeconds(parsed.GetValue(_patience)), terminal.Clock), terminal)
        {
            Mounts = parsed.GetValue(_mounts) ?? [],
            Keeps = keeps,
        };

    /// <summary>The files of the report; refuses a name that both would have.</summary>
    public (string Markdown, string Json)? Files(ParseResult parsed) => parsed.GetValue(_report) is not { } file ? null
        : Path.GetExtension(file).Equals(".json", StringComparison.OrdinalIgnoreCase)
            ? throw CliException.Usage(
                $"'{file}' would clash with the report's JSON file.", "Use a Markdown name, such as --report drill.md; drill.json is "
                    + "written next to it.")
            : (file, Path.ChangeExtension(file, ".json"));

    /// <summary>Rehearses, writes the report and remembers the outcome.</summary>
    public async Task<DrillReport> RunAsync(
        ParseResult parsed, DrillRun run, ControlPlane plane, Snapshot snapshot, Terminal terminal, CancellationToken cancel)
    {
        var files = Files(parsed);
        var at = terminal.Clock.GetUtcNow();
        using var folder = DrillFolder.Take(terminal);
        var failure = await RehearseAsync(
            () => run.RunAsync(snapshot, () => PlanAsync(parsed, plane, snapshot, folder, at, terminal, cancel), folder, cancel), cancel);
        var source = snapshot.Manifest.Source;
        var page = new DrillReport
        {
            Id = folder.Id,
            At = at,
            Estate = $"{source.ResourceGroup} in {source.Location} at {source.Server}",
            Resources = snapshot.Manifest.Counts.Values.Sum(),
            LossWindow = at - snapshot.Manifest.TakenAt,
            Steps = run.Steps,
            RecoveryTime = run.RecoveryTime,
            Failure = failure,
            LeftBehind = run.LeftBehind,
        };
        DrillMemory.Add(snapshot.Manifest, DrillRecord.Of(page, snapshot.Manifest), terminal);
        if (files is var (markdown, json))
        {
            Mover.Files.PrivateFile.Replace(markdown, System.Text.Encoding.UTF8.GetBytes(page.ToMarkdown()));
            Mover.Files.PrivateFile.Replace(json, RecoveryJson.ToBytes(page.ToJson()));
        }

        return page;
    }

    private async Task<RecoveryPlan> PlanAsync(
        ParseResult parsed, ControlPlane plane, Snapshot snapshot, DrillFolder folder, DateTimeOffset at, Terminal terminal,
        CancellationToken cancel)
    {
        var options = await wish.ReadDrillAsync(
            parsed, DrillScratch.GroupPrefix + folder.Id, DrillScratch.RulesFor(snapshot, folder.Id), plane, cancel);
        return await new PlanMaker(plane.Client, RegionCatalogue.Azure, terminal.Clock)
            .MakeAsync(snapshot, options with { Drill = folder.Mark(at) }, cancel);
    }

    // A drill that fails is a finding, not a defect: the page says why.
    private static async Task<string?> RehearseAsync(Func<Task> rehearse, CancellationToken cancel)
    {
        try
        {
            await rehearse();
            return null;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return "It was interrupted.";
        }
        catch (RecoveryException fault)
        {
            return $"{fault.Code}: {fault.Message} {fault.Advice}";
        }
        catch (Exception fault) when (fault is ArmException or UnreachableServerException or OperationCanceledException
            or Mover.Transfer.Contract.VolumeException)
        {
            return fault.Message;
        }
    }
}
