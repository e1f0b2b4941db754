using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Client.Arm;
using Mover.Core.Regions;
using Mover.Recovery;
using Mover.Recovery.Drill;
using Mover.Recovery.Plans;
using Mover.Recovery.Snapshots;
using Mover.Recovery.Standby;
using Mover.Transfer.Contract;

namespace Mover.Cli.Recovery;

/// <summary>What a watch does between its snapshots when that is asked for: keep a standby in step, and rehearse.</summary>
internal sealed class WatchChores
{
    private readonly Option<string?> _standby = new("--standby")
    {
        Description = "Plan file of a standby to keep in step after each snapshot. Requires --to and --group.",
        HelpName = "file",
    };
    private readonly Option<string?> _drill = new("--drill")
    {
        Description = "Rehearse a recovery at this interval, such as 24h, between snapshots. Requires --to.", HelpName = "time",
    };
    private readonly PlanFlags _wish = new(PlanUse.Watch);
    private readonly DestinationFlags _destination = new();
    private readonly DrillFlags _drillFlags;

    public WatchChores() => _drillFlags = new(_wish);

    public void AddTo(Command command)
    {
        command.Add(_standby);
        command.Add(_drill);
        _wish.AddTo(command);
        _destination.AddTo(command);
        _drillFlags.AddTo(command);
    }

    /// <summary>What is done after a look at the estate; null when nothing is asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="watched">The control plane that is watched.</param>
    /// <param name="folder">Where its snapshot is.</param>
    /// <param name="isSigned">Whether the watch signs it.</param>
    /// <param name="terminal">Where lines go.</param>
    public Func<bool, CancellationToken, Task>? Open(
        ParseResult parsed, ConnectionSettings watched, string folder, bool isSigned, Terminal terminal)
    {
        var (standby, drill) = (parsed.GetValue(_standby), parsed.GetValue(_drill));
        if (standby is null && drill is null)
        {
            return _wish.IsTrustSaid(parsed)
                ? throw CliException.Usage("--trust requires --standby or --drill.", "A watch itself reads no snapshot.")
                : null;
        }

        var (region, group) = _wish.Said(parsed);
        if (region is null || (standby is not null && group is null))
        {
            throw CliException.Usage(
                "No destination specified.", "Use --to REGION, and --group NAME for a standby.");
        }

        if (_wish.IsTrustSaid(parsed) && !isSigned)
        {
            throw CliException.Usage("--trust requires --sign-key: this watch would not trust its own snapshots.",
                "Use --sign-key FILE with the private key of that public key.");
        }

        _ = _drillFlags.Files(parsed);
        var settings = _destination.Resolve(parsed, terminal, watched);
        var follower = standby is null ? null : new StandbyFollower(
            stop => FollowAsync(parsed, settings, folder, standby, terminal, stop), Say);
        var schedule = drill is null ? null : new DrillSchedule(
            Spans.Read(drill, _drill.Name), LastDrill(folder, terminal), stop => DrillAsync(parsed, settings, folder, terminal, stop), Say,
            terminal.Clock);
        return async (hasTaken, stop) =>
        {
            if (follower is not null && hasTaken)
            {
                await follower.FollowAsync(stop);
            }

            if (schedule is not null)
            {
                await schedule.RunIfDueAsync(stop);
            }
        };

        void Say(string line) => terminal.Out.WriteLine(SnapshotWatch.Timed(line, terminal.Clock));
    }

    private async Task<StandbyRepair?> FollowAsync(
        ParseResult parsed, ConnectionSettings settings, string folder, string planFile, Terminal terminal, CancellationToken cancel)
    {
        using var plane = ConnectionFlags.Open(settings, terminal);
        var sync = new StandbySync(plane.Client, RegionCatalogue.Azure, terminal.Clock);
        var last = File.Exists(planFile) ? PlanFile.Read(planFile) : null;
        var found = await sync.CheckAsync(_wish.ReadSnapshot(parsed, folder), await _wish.ReadAsync(parsed, plane, cancel), last, cancel);
        var repair = await sync.RepairAsync(
            found, allowsDeletions: false, plan => PlanFile.Write(planFile, StandbyCommand.WithFolder(plan, folder)), cancel);
        return found.Drift.IsInStep ? null : repair;
    }

    private async Task<DrillRecord> DrillAsync(
        ParseResult parsed, ConnectionSettings settings, string folder, Terminal terminal, CancellationToken cancel)
    {
        var snapshot = _wish.ReadSnapshot(parsed, folder);
        using var plane = ConnectionFlags.Open(settings, terminal);
        var run = _drillFlags.Open(parsed, plane, settings, terminal);
        try
        {
            await run.CleanAsync(cancel);
        }
        catch (Exception fault) when (fault is ArmException or UnreachableServerException or RecoveryException or VolumeException)
        {
            var (at, taken) = (terminal.Clock.GetUtcNow(), snapshot.Manifest);
            DrillMemory.Add(
                taken, new(string.Empty, at, IsGood: false, null, (at - taken.TakenAt).TotalSeconds, taken.TemplateDigest, taken.TakenAt,
                    $"It could not start: {fault.Message}"),
                terminal);
            throw;
        }

        return DrillRecord.Of(await _drillFlags.RunAsync(parsed, run, plane, snapshot, terminal, cancel), snapshot.Manifest);
    }

    // A watch that is started again does not rehearse again at once.
    private static DateTimeOffset? LastDrill(string folder, Terminal terminal)
    {
        try
        {
            return DrillMemory.Read(SnapshotFolder.Read(folder, null).Manifest.Source, terminal)?.Last.At;
        }
        catch (RecoveryException none) when (none.Code is "SnapshotNotFound" or "SnapshotDamaged")
        {
            return null;
        }
    }
}
