using System.CommandLine;
using System.Security.Cryptography;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Transfers;
using Mover.Client.Arm;
using Mover.Core.Arm;
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

    public DrillRun Open(ParseResult parsed, ControlPlane plane, ConnectionSettings settings, Terminal terminal) =>
        new(plane, settings, new(_credentials, parsed, terminal, plane), terminal)
        {
            Patience = TimeSpan.FromSeconds(parsed.GetValue(_patience)),
            Mounts = parsed.GetValue(_mounts) ?? [],
        };

    /// <summary>The files of the report; refuses a name that both would have.</summary>
    public (string Markdown, string Json)? Files(ParseResult parsed) => parsed.GetValue(_report) is not { } file ? null
        : Path.GetExtension(file).Equals(".json", StringComparison.OrdinalIgnoreCase)
            ? throw CliException.Usage(
                $"'{file}' would clash with the report's JSON file.", "Use a Markdown name, such as --report drill.md; drill.json is "
                    + "written next to it.")
            : (file, Path.ChangeExtension(file, ".json"));

    /// <summary>Removes what earlier drills left, rehearses, writes the report and remembers the outcome.</summary>
    public async Task<DrillReport> RunAsync(
        ParseResult parsed, DrillRun run, ControlPlane plane, Snapshot snapshot, Terminal terminal, CancellationToken cancel)
    {
        var files = Files(parsed);
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3));
        var at = terminal.Clock.GetUtcNow();
        var failure = await RehearseAsync(
            run, async () => await new PlanMaker(plane.Client, RegionCatalogue.Azure, terminal.Clock).MakeAsync(
                snapshot,
                await wish.ReadAsync(parsed, plane, cancel, DrillScratch.GroupPrefix + id, DrillScratch.RulesFor(snapshot, id)), cancel),
            cancel);
        var source = snapshot.Manifest.Source;
        var page = new DrillReport
        {
            Id = id,
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

    /// <summary>Removes what drills left that were killed.</summary>
    public static async Task CleanAsync(DrillRun run, ControlPlane plane, Terminal terminal, CancellationToken cancel)
    {
        var subscription = await plane.GetSubscriptionAsync(cancel);
        foreach (var group in await plane.ListAsync($"/subscriptions/{subscription}/resourceGroups", cancel))
        {
            if (group["name"]?.ToString() is { } name && name.StartsWith(DrillScratch.GroupPrefix, StringComparison.Ordinal)
                && group["tags"]?["mover-recovery"] is not null)
            {
                terminal.Error.WriteLine($"Removing {name}, left behind by an earlier drill.");
                await run.RemoveAsync(ResourceId.OfGroup(subscription, name), cancel);
            }
        }
    }

    // A drill that fails is a finding, not a defect: the page says why.
    private static async Task<string?> RehearseAsync(DrillRun run, Func<Task<RecoveryPlan>> makePlan, CancellationToken cancel)
    {
        try
        {
            await run.RunAsync(makePlan, cancel);
            return null;
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
