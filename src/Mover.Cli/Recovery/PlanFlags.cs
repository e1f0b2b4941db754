using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Resources;
using Mover.Core.Regions;
using Mover.Recovery.Plans;
using Mover.Recovery.Rules;
using Mover.Recovery.Snapshots;

namespace Mover.Cli.Recovery;

/// <summary>What a plan is made for.</summary>
internal enum PlanUse
{
    /// <summary>A recovery.</summary>
    Recovery,

    /// <summary>A standby, whose schedules are always off.</summary>
    Standby,

    /// <summary>A drill, which names its group and keeps schedules off by itself, and loses no region.</summary>
    Drill,

    /// <summary>Drills and a standby of a watch, which knows its snapshots: nothing of it must be said.</summary>
    Watch,
}

/// <summary>What a person says about a plan: from which snapshot, where to, and what is to be different there.</summary>
internal sealed class PlanFlags(PlanUse use = PlanUse.Recovery)
{
    private readonly Option<string> _from = new("--from")
    {
        Description = "Folder of the snapshot: template.json and manifest.json."
            + (TakesTemplates(use) ? " Or another ARM template file, such as an export from Azure or the output of `bicep build`."
                : string.Empty),
        HelpName = TakesTemplates(use) ? "folder|file" : "folder", Required = true,
    };
    private readonly Option<string?> _parameters = new("--parameters")
    {
        Description = "Parameter file for a template that is not a snapshot.", HelpName = "file",
    };
    private readonly TrustFlag _trust = new();
    private readonly Option<string> _to = new("--to") { Description = "Region of the destination, such as westus.", HelpName = "region",
        Required = use != PlanUse.Watch };
    private readonly Option<string> _group = new("--group")
    {
        Description = use is PlanUse.Standby or PlanUse.Watch ? "Resource group of the standby; created if missing."
            : "New resource group at the destination.",
        HelpName = "name", Required = use != PlanUse.Watch,
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
        Option[] always = [_to, _rules, _map, _fence];
        foreach (var option in always.Concat<Option>(use switch
        {
            PlanUse.Recovery => [_from, _group, _keep, _lost],
            PlanUse.Standby => [_from, _group, _lost],
            PlanUse.Drill => [_from],
            _ => [_group, _lost],
        }))
        {
            command.Add(option);
        }

        if (use != PlanUse.Watch)
        {
            _trust.AddTo(command);
        }

        if (TakesTemplates(use))
        {
            command.Add(_parameters);
        }
    }

    /// <summary>The folder of the snapshot.</summary>
    public string Folder(ParseResult parsed) => parsed.GetRequiredValue(_from);

    /// <summary>Whether a region was named, and whether a resource group was.</summary>
    public (bool Region, bool Group) IsPlaced(ParseResult parsed) =>
        (parsed.GetValue(_to) is not null, parsed.GetValue(_group) is not null);

    /// <summary>The snapshot that is named, or the template that stands for one.</summary>
    public async Task<Snapshot> ReadSnapshotAsync(ParseResult parsed, ControlPlane plane, TimeProvider clock, CancellationToken cancel)
    {
        var from = parsed.GetRequiredValue(_from);
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

        // What the template says of its own group is said of the destination.
        var group = use == PlanUse.Drill ? "drill" : ScopeFlags.Checked(parsed.GetRequiredValue(_group));
        return PlainTemplate.Read(
            from, parsed.GetValue(_parameters),
            new(Path.GetFullPath(from), await plane.GetSubscriptionAsync(cancel), group, null, parsed.GetRequiredValue(_to)),
            MoverApp.Version, clock.GetUtcNow());
    }

    /// <summary>Makes the plan; a drill says its group and rules.</summary>
    public async Task<RecoveryPlan> MakeAsync(
        ParseResult parsed, Snapshot snapshot, ControlPlane plane, TimeProvider clock, CancellationToken cancel) =>
        await new PlanMaker(plane.Client, RegionCatalogue.Azure, clock)
            .MakeAsync(snapshot, await ReadAsync(parsed, plane, cancel), cancel);

    /// <summary>
    /// A plan that was made before, and why it is not what is asked for now; null when it is. With --trust it is made again from the
    /// signed snapshot, because a file has no signature, and must have the id of the file, which is what a person has read.
    /// </summary>
    public async Task<(RecoveryPlan Plan, string? Refused)> ReadPlanAsync(
        ParseResult parsed, string path, ControlPlane plane, TimeProvider clock, CancellationToken cancel)
    {
        var plan = PlanFile.Read(path);
        if (!plan.To.Location.Equals(parsed.GetRequiredValue(_to), StringComparison.OrdinalIgnoreCase)
            || !plan.To.ResourceGroup.Equals(parsed.GetRequiredValue(_group), StringComparison.OrdinalIgnoreCase))
        {
            return (plan, $"It is for the group {plan.To.ResourceGroup} in {plan.To.Location}.");
        }

        if (plan.Standby is not null || !_trust.IsSaid(parsed))
        {
            return (plan, null);
        }

        var made = await MakeAsync(parsed, await ReadSnapshotAsync(parsed, plane, clock, cancel), plane, clock, cancel);
        return (made, made.Id == plan.Id ? null : "It is not the plan that the signed snapshot and these flags give.");
    }

    /// <summary>What was said. A drill says its group and rules.</summary>
    public async Task<PlanOptions> ReadAsync(
        ParseResult parsed, ControlPlane plane, CancellationToken cancel, string? drillGroup = null,
        IReadOnlyList<RecoveryRule>? drillRules = null) => new()
        {
            To = new(
                plane.Client.Pipeline.Address, await plane.GetSubscriptionAsync(cancel),
                drillGroup ?? ScopeFlags.Checked(parsed.GetRequiredValue(_group)), parsed.GetRequiredValue(_to)),
            Rules = [.. (parsed.GetValue(_rules) ?? []).SelectMany(RuleFile.Read), .. drillRules ?? []],
            Maps = [.. (parsed.GetValue(_map) ?? []).Select(ReadMap)],
            Without = use == PlanUse.Recovery && parsed.GetValue(_keep) ? [PlanOptions.SchedulesOffRule] : [],
            AllowsOtherGeography = parsed.GetValue(_fence),
            LostRegion = drillGroup is not null ? PlanOptions.NoRegion : parsed.GetValue(_lost),
        };

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
