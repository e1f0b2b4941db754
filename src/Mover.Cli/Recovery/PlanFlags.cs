using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Resources;
using Mover.Core.Regions;
using Mover.Recovery.Plans;
using Mover.Recovery.Rules;
using Mover.Recovery.Snapshots;

namespace Mover.Cli.Recovery;

/// <summary>What a person says about a plan: from which snapshot, where to, and what is to be different there.</summary>
internal sealed class PlanFlags(bool isDrill = false)
{
    private readonly Option<string> _from = new("--from")
    {
        Description = "Folder of the snapshot: template.json and manifest.json.", HelpName = "folder", Required = true,
    };
    private readonly TrustFlag _trust = new();
    private readonly Option<string> _to = new("--to") { Description = "Region of the destination, such as westus.", HelpName = "region",
        Required = true };
    private readonly Option<string> _group = new("--group")
    {
        Description = "New resource group at the destination.", HelpName = "name", Required = true,
    };
    private readonly Option<string[]> _rules = new("--rules") { Description = "File of further rules; may be repeated.",
        HelpName = "file" };
    private readonly Option<string[]> _map = new("--map")
    {
        Description = "OLD=NEW: an id or URI of the source, and what stands for it at the destination; may be repeated.",
            HelpName = "old=new",
    };
    private readonly Option<bool> _keep = new("--keep-schedules")
    {
        Description = "Leave schedules switched on: jobs may start by themselves at once.",
    };
    private readonly Option<bool> _fence = new("--allow-other-geography")
    {
        Description = "Let metadata leave the geography of the snapshot.",
    };
    private readonly Option<string?> _lost = new("--lost-region")
    {
        Description = "The region that is lost; that of the snapshot when left out, none for a rehearsal.", HelpName = "region",
    };

    /// <summary>All of them; a drill names its group and keeps schedules off by itself, and loses no region.</summary>
    public void AddTo(Command command)
    {
        Option[] always = [_from, _to, _rules, _map, _fence];
        foreach (var option in isDrill ? always : [.. always, _group, _keep, _lost])
        {
            command.Add(option);
        }

        _trust.AddTo(command);
    }

    /// <summary>The snapshot that is named.</summary>
    public Snapshot ReadSnapshot(ParseResult parsed) => _trust.Read(parsed, parsed.GetRequiredValue(_from));

    /// <summary>Makes the plan; a drill says its group and rules.</summary>
    public async Task<RecoveryPlan> MakeAsync(
        ParseResult parsed, ControlPlane plane, TimeProvider clock, CancellationToken cancel, string? group = null,
        IReadOnlyList<RecoveryRule>? rules = null) =>
        await new PlanMaker(plane.Client, RegionCatalogue.Azure, clock).MakeAsync(
            ReadSnapshot(parsed),
            new()
            {
                To = new(
                    plane.Client.Pipeline.Address, await plane.GetSubscriptionAsync(cancel),
                        group ?? ScopeFlags.Checked(parsed.GetRequiredValue(_group)),
                    parsed.GetRequiredValue(_to)),
                Rules = [.. (parsed.GetValue(_rules) ?? []).SelectMany(RuleFile.Read), .. rules ?? []],
                Maps = [.. (parsed.GetValue(_map) ?? []).Select(ReadMap)],
                Without = !isDrill && parsed.GetValue(_keep) ? [PlanOptions.SchedulesOffRule] : [],
                AllowsOtherGeography = parsed.GetValue(_fence),
                LostRegion = isDrill ? PlanOptions.NoRegion : parsed.GetValue(_lost),
            },
            cancel);

    private static (string Old, string New) ReadMap(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return at > 0 && at + 1 < text.Length
            ? (text[..at], text[(at + 1)..])
            : throw CliException.Usage($"'{text}' is not of the form OLD=NEW.", "Say --map OLD=NEW.");
    }
}
