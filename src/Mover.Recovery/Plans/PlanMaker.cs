using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Core.Arm;
using Mover.Core.Regions;
using Mover.Recovery.Assess;
using Mover.Recovery.Rules;
using Mover.Recovery.Snapshots;
using Mover.Recovery.Standby;

namespace Mover.Recovery.Plans;

/// <summary>Makes a plan of a snapshot and asks the destination whether it can be carried out.</summary>
public sealed class PlanMaker(MoverClient client, RegionCatalogue regions, TimeProvider clock)
{
    /// <summary>The plan, with everything that stands in its way.</summary>
    public async Task<RecoveryPlan> MakeAsync(Snapshot snapshot, PlanOptions options, CancellationToken cancel)
    {
        var plan = PlanTemplate.Make(snapshot, options, clock.GetUtcNow());
        var problems = new List<PlanProblem>(plan.Problems);
        var lost = Lost(options, snapshot);
        var known = await KnownRegions.ReadAsync(
            client, options.To.SubscriptionId, regions, [snapshot.Manifest.Source.Location, options.To.Location, lost], cancel);
        if (Geography(snapshot.Manifest.Source, options, known) is { } fence)
        {
            problems.Add(fence);
        }

        if (lost is not null && options.LostRegion is not null && known.Find(lost) is null)
        {
            problems.Add(RegionUnknown(lost));
        }

        if (await GroupAsync(plan, options.StandbyAgents is not null, cancel) is { } taken)
        {
            problems.Add(taken);
        }

        await AccountsAsync(plan, lost, problems, cancel);
        var (effects, refused) = await WhatIf.AskAsync(client, plan.Template, plan.To, plan.Id, cancel);
        if (refused is not null)
        {
            problems.Add(refused);
        }

        foreach (var unsupported in effects.Where(effect => effect.Change == "Unsupported"))
        {
            problems.Add(PlanProblem.Warns(
                "EffectUnknown", $"Cannot predict what the deployment changes in {unsupported.Id}.",
                    "Check it after the deployment."));
        }

        return plan with { Problems = problems, Effects = effects };
    }

    private static PlanProblem RegionUnknown(string name) => PlanProblem.Blocks(
        "RegionUnknown", $"'{name}' is neither an Azure region nor a region of the destination.",
        "See `az account list-locations`; private regions are in the server's configuration (regions).");

    private static PlanProblem? Geography(SnapshotSource source, PlanOptions options, RegionCatalogue known)
    {
        var (from, to) = (known.Find(source.Location)?.Geography ?? source.Geography, known.Find(options.To.Location));
        if (to is null)
        {
            return RegionUnknown(options.To.Location);
        }

        if (options.AllowsOtherGeography || string.Equals(from, to.Geography, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return PlanProblem.Blocks(
            "OtherGeography",
            $"The snapshot was taken in {source.Location} ({from ?? "unknown geography"}) but {options.To.Location} is in "
                + $"{to.Geography}: "
                + "the estate's metadata would leave its geography.",
            "Use a region in the same geography, or --allow-other-geography.");
    }

    private async Task<PlanProblem?> GroupAsync(RecoveryPlan plan, bool isStandby, CancellationToken cancel)
    {
        var id = ResourceId.OfGroup(plan.To.SubscriptionId, plan.To.ResourceGroup);
        if (await client.FindAsync(id, cancel) is not { } group || group["tags"]?[PlanId.Tag]?.ToString() == plan.Id)
        {
            return null;
        }

        var location = group["location"]?.ToString() ?? string.Empty;
        if (!string.Equals(location, plan.To.Location, StringComparison.OrdinalIgnoreCase))
        {
            return PlanProblem.Blocks(
                "GroupElsewhere", $"The resource group '{plan.To.ResourceGroup}' exists in {location}, not in {plan.To.Location}.",
                "Specify a new resource group with --group.");
        }

        if (isStandby && StandbyMark.StateOf(group) == StandbyState.Standby)
        {
            return null;
        }

        return PlanProblem.Blocks(
            "GroupExists", $"The resource group '{plan.To.ResourceGroup}' already exists and was not created by this plan.",
            "Specify a new resource group with --group, so that everything the plan creates can be undone at once.");
    }

    private static string? Lost(PlanOptions options, Snapshot snapshot) => options.LostRegion switch
    {
        // Whoever goes to the region of the snapshot has not lost it.
        null => ArmCase.Same(snapshot.Manifest.Source.Location, options.To.Location) ? null : snapshot.Manifest.Source.Location,
        PlanOptions.NoRegion => null,
        var named => named,
    };

    private async Task AccountsAsync(RecoveryPlan plan, string? lostRegion, List<PlanProblem> problems, CancellationToken cancel)
    {
        foreach (var id in AccountsOf(plan.Template))
        {
            if (await client.FindAsync(id, cancel) is not { } account)
            {
                problems.Add(PlanProblem.Blocks(
                    "AccountMissing", $"The storage account {id} does not exist at the destination.",
                    $"Create it there, or map another one with --map {id}=NEW_ID."));
                continue;
            }

            var assessed = AccountAssessment.Of(account, lostRegion);
            if (assessed.IsInLostRegion && !assessed.IsWritableElsewhere)
            {
                problems.Add(PlanProblem.Blocks(
                    "TargetInLostRegion", $"The storage account {id} is in the lost region {lostRegion} ({assessed.Sku}). {assessed.ToDo}",
                    $"Map another account with --map {id}=NEW_ID, or use --lost-region none if the region is not lost."));
            }
        }
    }

    /// <summary>The storage accounts that endpoints of a template name.</summary>
    public static IReadOnlyList<ResourceId> AccountsOf(JsonObject template) =>
        [.. TemplateResources.All(template)
            .Select(resource => resource["properties"]?["storageAccountResourceId"]?.ToString())
            .Where(text => ResourceId.TryParse(text, out _))
            .Select(text => ResourceId.TryParse(text, out var id) ? id : default)
            .Distinct()
            .OrderBy(id => id.Key, StringComparer.Ordinal)];
}
