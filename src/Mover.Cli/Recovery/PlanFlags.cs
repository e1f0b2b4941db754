using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Resources;
using Mover.Core.Regions;
using Mover.Recovery.Plans;
using Mover.Recovery.Rules;
using Mover.Recovery.Snapshots;
using Mover.Recovery.Status;

namespace Mover.Cli.Recovery;

/// <summary>What a person says about a plan: from which snapshot, where to, and what is to be different there.</summary>
internal sealed class PlanFlags(PlanUse use = PlanUse.Recovery)
{
    private readonly Option<string?> _from = new("--from")
    {
        Description = "Folder of the snapshot: template.json and manifest.json."
            + (TakesTemplates(use) ? " Or another ARM template file, such as an export from Azure or the output of `bicep build`."
                : string.Empty)
            + (IsPlaced(use) ? string.Empty : " By default, the current folder."),
        HelpName = TakesTemplates(use) ? "folder|file" : "folder", Required = IsPlaced(use),
    };
    private readonly Option<string?> _parameters = new("--parameters")
    {
        Description = "Parameter file for a template that is not a snapshot.", HelpName = "file",
    };
    private readonly TrustFlag _trust = new();
    private readonly Option<string?> _to = new("--to")
    {
        Description = "Region of the destination, such as westus"
            + (IsPlaced(use) || use == PlanUse.Watch ? "." : "; by default, the pair of the snapshot's region."),
        HelpName = "region", Required = IsPlaced(use),
    };
    private readonly Option<string?> _group = new("--group")
    {
        Description = use is PlanUse.Standby or PlanUse.Watch ? "Resource group of the standby; created if missing."
            : "New resource group at the destination; by default, the source's name and the region.",
        HelpName = "name", Required = IsPlaced(use),
    };
    private readonly Option<string[]> _rules = new("--rules") { Description = "File with additional rules. Repeatable.",
        HelpName = "file" };
    private readonly Option<string[]> _map = new("--map")
    {
        Description = "OLD=NEW: an id or URI of the source and its replacement at the destination. Repeatable.",
            HelpName = "old=new",
    };
    private readonly Option<bool> _keep = new("--keep-schedules")
    {
        Description = "Leave schedules on; jobs may start by themselves immediately.",
    };
    private readonly Option<bool> _fence = new("--allow-other-geography")
    {
        Description = "Allow metadata to leave the geography of the snapshot.",
    };
    private readonly Option<string?> _lost = new("--lost-region")
    {
        Description = "The lost region; by default, the snapshot's. Use none for a rehearsal.", HelpName = "region",
    };

    /// <summary>Those that there are for this use.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _to, _rules, _map, _fence }.Concat(use switch
        {
            PlanUse.Standby => [_from, _group, _lost],
            PlanUse.Drill => [_from],
            PlanUse.Watch => [_group, _lost],
            _ => new Option[] { _from, _group, _keep, _lost },
        }))
        {
            command.Add(option);
        }

        _trust.AddTo(command);
        if (TakesTemplates(use))
        {
            command.Add(_parameters);
        }
    }

    /// <summary>Those that were given and that another command takes, too; what says where from and where to is left out.</summary>
    public string Repeated(ParseResult parsed, PlanUse other) => RepeatedFlags.Of(parsed, other switch
    {
        PlanUse.Standby => [_rules, _map, _fence, _lost, _trust.Option],
        PlanUse.Drill => [_rules, _map, _fence, _trust.Option],
        _ => [_rules, _map, _keep, _fence, _lost, _trust.Option, _parameters],
    });

    /// <summary>The key that was given, for a command that only reads a snapshot.</summary>
    public string RepeatedTrust(ParseResult parsed) => RepeatedFlags.Of(parsed, [_trust.Option]);

    /// <summary>The folder of the snapshot, or the file of the template; by default, the current folder when it is one.</summary>
    public string Folder(ParseResult parsed) => FindFolder(parsed) ?? throw CliException.Usage(
        "No snapshot specified, and the current folder is not one.",
        $"Use --from FOLDER, the folder with {SnapshotFolder.ManifestName} that `mover recovery snapshot` wrote, or go there.");

    /// <summary>The same; null when there is none.</summary>
    public string? FindFolder(ParseResult parsed) => parsed.GetValue(_from)
        ?? (File.Exists(SnapshotFolder.ManifestName) && File.Exists(SnapshotFolder.TemplateName) ? "." : null);

    /// <summary>Whether a key is named.</summary>
    public bool IsTrustSaid(ParseResult parsed) => _trust.IsSaid(parsed);

    /// <summary>The first flag that was given and that means something only when a plan is made; null for none.</summary>
    public string? OfMaking(ParseResult parsed) => new Option[] { _from, _rules, _map, _keep, _fence, _lost }
        .FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false })?.Name;

    /// <summary>The region that counts as lost: what was said, else that of the snapshot; null when none is.</summary>
    public string? LostRegion(ParseResult parsed, SnapshotSource source) =>
        (parsed.GetValue(_lost) ?? source.Location) is var lost && lost != PlanOptions.NoRegion ? lost : null;

    /// <summary>Whether something stands for a storage account at the destination.</summary>
    public bool IsMapped(ParseResult parsed, string account) => (parsed.GetValue(_map) ?? []).Select(ReadMap)
        .Any(map => account.StartsWith(map.Old, StringComparison.OrdinalIgnoreCase));

    /// <summary>A snapshot of a watch's own folder.</summary>
    public Snapshot ReadSnapshot(ParseResult parsed, string folder) => _trust.Read(parsed, folder);

    /// <summary>The region and the group that were said; null where nothing was.</summary>
    public (string? Region, string? Group) Said(ParseResult parsed) => (parsed.GetValue(_to), parsed.GetValue(_group));

    /// <summary>Where a plan goes: as said, else to the region that the snapshot's is paired with, into a group named for it.</summary>
    /// <exception cref="CliException">No pair is known, so the region must be said.</exception>
    public async Task<PlanPlace> PlaceAsync(ParseResult parsed, SnapshotSource source, ControlPlane plane, CancellationToken cancel)
    {
        var region = parsed.GetValue(_to);
        if (region is null)
        {
            var choice = RegionChoice.Of(source, await KnownAsync(source, plane, cancel));
            region = choice.Region ?? throw CliException.Usage(
                $"No region specified, and {source.Location} has no known pair.",
                choice.Candidates.Count == 0 ? "Use --to REGION."
                    : $"Use --to with a region of the same geography: {string.Join(", ", choice.Candidates)}.");
        }

        return PlaceIn(parsed, source, region);
    }

    /// <summary>The place in a region, with the group that was said, else one named for it.</summary>
    public PlanPlace PlaceIn(ParseResult parsed, SnapshotSource source, string region) => new(
        region, parsed.GetValue(_group) is { } group ? ScopeFlags.Checked(group) : RegionChoice.GroupFor(source.ResourceGroup, region));

    /// <summary>The regions that are known; the control plane is asked only when the snapshot's own is not Azure's.</summary>
    public static async Task<RegionCatalogue> KnownAsync(SnapshotSource source, ControlPlane plane, CancellationToken cancel) =>
        RegionCatalogue.Azure.Find(source.Location) is not null
            ? RegionCatalogue.Azure
            : await KnownRegions.ReadAsync(plane.Client, await plane.GetSubscriptionAsync(cancel), RegionCatalogue.Azure, cancel);

    /// <summary>The snapshot that is named, or the template that stands for one.</summary>
    public async Task<Snapshot> ReadSnapshotAsync(ParseResult parsed, ControlPlane plane, TimeProvider clock, CancellationToken cancel)
    {
        var from = Folder(parsed);
        if (!TakesTemplates(use) || !File.Exists(from))
        {
            return parsed.GetValue(_parameters) is null
                ? _trust.Read(parsed, from)
                : throw CliException.Usage("Snapshots have no parameters.", "Use --parameters only with a template file.");
        }

        if (_trust.IsSaid(parsed))
        {
            throw CliException.Usage($"{from} is a plain template, which has no signature.",
                "Omit --trust, or specify a snapshot folder.");
        }

        if (parsed.GetValue(_to) is not { } region || (use != PlanUse.Drill && parsed.GetValue(_group) is null))
        {
            throw CliException.Usage($"{from} is a plain template, which does not say where it was.",
                "Use --to REGION and --group NAME.");
        }

        // What the template says of its own group is said of the destination.
        var group = use == PlanUse.Drill ? "drill" : ScopeFlags.Checked(parsed.GetRequiredValue(_group) ?? string.Empty);
        return PlainTemplate.Read(
            from, parsed.GetValue(_parameters), new(Path.GetFullPath(from), await plane.GetSubscriptionAsync(cancel), group, null, region),
            MoverApp.Version, clock.GetUtcNow());
    }

    /// <summary>Makes the plan of a recovery.</summary>
    public async Task<RecoveryPlan> MakeAsync(
        ParseResult parsed, Snapshot snapshot, PlanPlace place, ControlPlane plane, TimeProvider clock, CancellationToken cancel) =>
        await new PlanMaker(plane.Client, RegionCatalogue.Azure, clock)
            .MakeAsync(snapshot, await ReadAsync(parsed, place, plane, cancel), cancel);

    /// <summary>What was said of a standby, whose region and group must be said.</summary>
    public Task<PlanOptions> ReadAsync(ParseResult parsed, ControlPlane plane, CancellationToken cancel) =>
        ReadAsync(parsed, new(Region(parsed), ScopeFlags.Checked(parsed.GetValue(_group) ?? string.Empty)), plane, cancel);

    /// <summary>What was said of a drill, which says its group and rules.</summary>
    public async Task<PlanOptions> ReadDrillAsync(
        ParseResult parsed, string group, IReadOnlyList<RecoveryRule> rules, ControlPlane plane, CancellationToken cancel)
    {
        var options = await ReadAsync(parsed, new(Region(parsed), group), plane, cancel);
        return options with { Rules = [.. options.Rules, .. rules], LostRegion = PlanOptions.NoRegion };
    }

    private string Region(ParseResult parsed) => parsed.GetValue(_to) ?? string.Empty;

    private async Task<PlanOptions> ReadAsync(ParseResult parsed, PlanPlace place, ControlPlane plane, CancellationToken cancel) => new()
    {
        To = new(plane.Client.Pipeline.Address, await plane.GetSubscriptionAsync(cancel), place.Group, place.Region),
        Rules = [.. (parsed.GetValue(_rules) ?? []).SelectMany(RuleFile.Read)],
        Maps = [.. (parsed.GetValue(_map) ?? []).Select(ReadMap)],
        Without = use is PlanUse.Recovery or PlanUse.Deployment && parsed.GetValue(_keep) ? [PlanOptions.SchedulesOffRule] : [],
        AllowsOtherGeography = parsed.GetValue(_fence),
        LostRegion = parsed.GetValue(_lost),
    };

    // Of standbys and drills everything is said.
    private static bool IsPlaced(PlanUse use) => use is PlanUse.Standby or PlanUse.Drill;

    // A standby follows snapshots, of which there will be newer ones.
    private static bool TakesTemplates(PlanUse use) => use is PlanUse.Recovery or PlanUse.Drill;

    private static (string Old, string New) ReadMap(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return at > 0 && at + 1 < text.Length
            ? (text[..at], text[(at + 1)..])
            : throw CliException.Usage($"'{text}' does not have the form OLD=NEW.", "Use --map OLD=NEW.");
    }
}
