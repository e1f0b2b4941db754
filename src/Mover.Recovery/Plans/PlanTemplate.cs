using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Recovery.Rules;
using Mover.Recovery.Snapshots;
using Mover.Recovery.Standby;

namespace Mover.Recovery.Plans;

/// <summary>
/// Makes the template to deploy of a snapshot: rules, maps, references within the estate, order. Pure: the same snapshot and options give
/// the same template.
/// </summary>
internal sealed class PlanTemplate
{
    private readonly Snapshot _snapshot;
    private readonly PlanOptions _options;
    private readonly List<JsonObject> _resources;
    private readonly ResourceId _sourceGroup;

    private PlanTemplate(Snapshot snapshot, PlanOptions options)
    {
        _snapshot = snapshot;
        _options = options;
        _sourceGroup = ResourceId.OfGroup(snapshot.Manifest.Source.SubscriptionId, snapshot.Manifest.Source.ResourceGroup);
        _resources = [.. (snapshot.Template["resources"] as JsonArray ?? []).OfType<JsonObject>()
            .Select(resource => resource.DeepClone().AsObject())];
    }

    /// <summary>The plan, without what only the destination can tell.</summary>
    public static RecoveryPlan Make(Snapshot snapshot, PlanOptions options, DateTimeOffset now) =>
        new PlanTemplate(snapshot, options).Make(now);

    private RecoveryPlan Make(DateTimeOffset now)
    {
        var manifest = _snapshot.Manifest;
        var formerAgents = FormerAgents();
        var before = _resources.ToDictionary(ResourceReference.Of, resource => resource.DeepClone().AsObject());
        var run = new RuleRun(_resources, manifest.Source.ResourceGroup, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["from.group"] = manifest.Source.ResourceGroup,
            ["from.location"] = manifest.Source.Location,
            ["to.group"] = _options.To.ResourceGroup,
            ["to.location"] = _options.To.Location,
            ["to.subscription"] = _options.To.SubscriptionId,
            ["plan.id"] = string.Empty,
        });
        var rules = RuleFile.BuiltIn.Where(rule => !_options.Without.Contains(rule.Name,
            StringComparer.OrdinalIgnoreCase)).Concat(_options.Rules);
        foreach (var rule in rules)
        {
            run.Apply(rule);
        }

        if (_options.StandbyAgents is { } agents)
        {
            run.Apply(StandbyRules.Mark);
            run.Changes.AddRange(StandbyRules.KeepAgents(_resources, agents));
        }

        var problems = new List<PlanProblem>(run.Problems);
        var references = new PlanReferences(_resources, before.Keys, _sourceGroup, _options.Maps);
        problems.AddRange(references.Rewrite());
        var ordered = PlanOrder.Of(_resources, problems);
        var template = PlanShape.Of(ordered.Resources, _options.To, _options.StandbyAgents is not null, _options.Drill);
        var finishedMirrors = FinishedMirrors();
        problems.AddRange(finishedMirrors.Select(Finished));
        var id = PlanId.Of(template, _options.To, ordered.Later);
        PlanId.SetTag(template, id);
        return new()
        {
            Format = RecoveryPlan.CurrentFormat,
            Id = id,
            MadeAt = now,
            From = new(manifest.TakenAt, manifest.TemplateDigest, manifest.Source),
            To = _options.To,
            Template = template,
            Later = ordered.Later,
            Changes = [.. run.Changes, .. references.Changes, .. ordered.Changes],
            UnmatchedRules = run.Unmatched,
            Problems = [.. problems, .. run.Unmatched.Select(Unmatched)],
            Lost = Lost(formerAgents.Count),
            FormerAgents = formerAgents,
            SchedulesOff = SchedulesOff(before),
            FinishedMirrors = finishedMirrors,
            Standby = _options.StandbyAgents is null ? null : new(null, []),
        };
    }

    private SortedDictionary<string, string> FormerAgents()
    {
        var agents = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var job in _resources.Where(IsJob))
        {
            if (job["properties"]?["agentName"]?.ToString() is { Length: > 0 } agent)
            {
                agents[ResourceReference.Of(job).Name] = agent;
            }
        }

        return agents;
    }

    private List<string> SchedulesOff(Dictionary<ResourceReference, JsonObject> before) =>
        [.. _resources.Where(job => IsJob(job) && IsOn(before[ResourceReference.Of(job)]) && !IsOn(job))
            .Select(job => ResourceReference.Of(job).Name)];

    // A job definition that a rule removed is not there to be started.
    private List<string> FinishedMirrors()
    {
        var finished = (_snapshot.Manifest.FinishedMirrors ?? [])
            .Select(text => ResourceId.TryParse(text, out var id) ? id.Key : string.Empty).ToHashSet(StringComparer.Ordinal);
        return [.. _resources.Where(IsJob).Select(job => ResourceReference.Of(job).Name).Where(name => finished.Contains(IdOf(name).Key))];
    }

    private ResourceId IdOf(string job) => job.Split('/') is [var mover, var project, var name]
        ? _sourceGroup.Provider(EstateTypes.Mover, mover).Child(Project.Described, project).Child(JobDefinition.Described, name)
        : default;

    private List<string> Lost(int assigned)
    {
        var lost = new List<string>
        {
            "The history of runs, with their logs and counters.",
            "Runs in progress: their jobs scan again at the destination and copy only what differs.",
            $"Changes made at the source after {_snapshot.Manifest.TakenAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC.",
        };
        if (_snapshot.Manifest.Agents.Count > 0)
        {
            lost.Add($"{_snapshot.Manifest.Agents.Count} agents with their identities: register new ones.");
        }

        if (assigned > 0)
        {
            lost.Add($"The agent assignments of {assigned} jobs: see `mover recovery assign`.");
        }

        if (_snapshot.Manifest.RoleAssignments.Count > 0)
        {
            lost.Add($"{_snapshot.Manifest.RoleAssignments.Count} role assignments of agents: see `mover recovery grant`.");
        }

        return lost;
    }

    private static PlanProblem Finished(string job) => PlanProblem.Warns(
        "MirrorFinished", $"The mirror {job} had succeeded before the snapshot. Its target may be in use, so it is not started.",
        "If its source still leads, start it with mover recovery start --job and --again.");

    private static PlanProblem Unmatched(string rule) =>
        PlanProblem.Warns("RuleMatchedNothing", $"The rule '{rule}' matches no resource.", "Check its patterns, or remove the rule.");

    private static bool IsJob(JsonObject resource) => string.Equals(resource["type"]?.ToString(), EstateTypes.JobDefinition,
        StringComparison.OrdinalIgnoreCase);

    private static bool IsOn(JsonObject job) =>
        job["properties"]?["schedule"]?["isActive"] is JsonValue value && value.TryGetValue<bool>(out var isOn) && isOn;
}
