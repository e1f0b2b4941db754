using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Recovery.Plans;
using Mover.Recovery.Rules;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Drill;

/// <summary>A drill's resource group, exported again, next to the snapshot.</summary>
/// <param name="Resources">Resources of the export.</param>
/// <param name="Explained">Differences from the snapshot that a rule of the plan made, or that are the scratch agent's.</param>
/// <param name="Unexplained">All others, each named.</param>
public sealed record DrillEstate(int Resources, int Explained, IReadOnlyList<string> Unexplained)
{
    /// <summary>Compares: what differs from the snapshot is what the plan says, and the plan is there as a whole. Pure.</summary>
    /// <param name="snapshot">What the drill began with.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="exported">Its group, when its jobs have their agent.</param>
    /// <param name="agent">Name of the scratch agent.</param>
    public static DrillEstate Compare(Snapshot snapshot, RecoveryPlan plan, Snapshot exported, string agent)
    {
        var check = new Check(snapshot, plan, exported, agent);
        check.HoldToPlan();
        check.HoldToSnapshot();
        return new((exported.Template["resources"] as JsonArray)?.Count ?? 0, check.Explained, check.Unexplained);
    }

    private sealed class Check(Snapshot snapshot, RecoveryPlan plan, Snapshot exported, string agent)
    {
        private const int ValueCharsMax = 200;
        private const string AgentName = "/properties/agentName";

        private readonly ILookup<ResourceReference, PlanChange> _changes =
            plan.Changes.ToLookup(change => new ResourceReference(change.Type, change.Name));

        private readonly ResourceId _group = ResourceId.OfGroup(plan.To.SubscriptionId, plan.To.ResourceGroup);

        // A template of a person, or a snapshot of another version, need not have what the destination writes by itself.
        private readonly bool _allowsMore = snapshot.Manifest.TakenBy != exported.Manifest.TakenBy || snapshot.Manifest.Reads == 0;

        public int Explained { get; private set; }

        public List<string> Unexplained { get; } = [];

        public void HoldToPlan()
        {
            var planned = new JsonObject
            {
                ["resources"] = new JsonArray(
                    [.. TemplateResources.All(plan.Template).Where(one => EstateTypes.RankOf($"{one["type"]}") >= 0)
                        .Select(one => one.DeepClone())]),
            };
            foreach (var change in SnapshotDiff.Between(planned, exported.Template).Changes)
            {
                var reference = new ResourceReference(change.Type, change.Name);
                if (change.After is null)
                {
                    Unexplained.Add($"{reference} is in the plan and not in the group");
                }
                else if (change.Before is null && !IsScratchAgent(reference))
                {
                    Unexplained.Add($"{reference} is in the group and not in the plan");
                }

                Unexplained.AddRange(change.Properties.Where(one => !IsAllowed(one) && !IsSame(one.Before, one.After, one.Path))
                    .Select(one => $"{reference} has {Shown(one.After)} at {one.Path}, and the plan {Shown(one.Before)}"));
            }
        }

        // The plan's own list of changes is held to what is there, whatever its template says.
        public void HoldToSnapshot()
        {
            foreach (var change in SnapshotDiff.Between(snapshot.Template, exported.Template).Changes)
            {
                var reference = new ResourceReference(change.Type, change.Name);
                if (change.Before is null || change.After is null)
                {
                    Tell(
                        change.Before is null ? IsScratchAgent(reference)
                            : _changes[reference].Any(one => one.Kind == PlanChangeKind.Removed),
                        change.Before is null ? $"{reference} is not in the snapshot" : $"{reference} is only in the snapshot");
                }

                foreach (var one in change.Properties.Where(one => one.Path != "/apiVersion"))
                {
                    Tell(
                        IsAllowed(one) || _changes[reference].Any(rule => rule.Path is { } path && IsWithin(one.Path, path)),
                        $"{reference} has {Shown(one.After)} at {one.Path}, the snapshot {Shown(one.Before)}, and no rule says so");
                }
            }
        }

        private void Tell(bool isExplained, string otherwise)
        {
            if (isExplained)
            {
                Explained++;
            }
            else if (!Unexplained.Contains(otherwise))
            {
                Unexplained.Add(otherwise);
            }
        }

        private bool IsAllowed(JsonDifference one) =>
            one.Path == "/apiVersion" || (one.Path == AgentName && Estate.TextOf(one.After) == agent)
            || (_allowsMore && one.Before is null);

        private bool IsScratchAgent(ResourceReference reference) =>
            ArmCase.Same(reference.Type, EstateTypes.Machine)
            || (ArmCase.Same(reference.Type, EstateTypes.Agent)
                && reference.Name.EndsWith($"/{agent}", StringComparison.OrdinalIgnoreCase));

        private bool IsSame(JsonNode? planned, JsonNode? there, string path) => (planned, there) switch
        {
            (JsonObject one, JsonObject other) =>
                one.All(member => IsSame(member.Value, other[member.Key], path))
                && other.All(member => member.Value is null || one[member.Key] is not null),
            (JsonArray one, JsonArray other) =>
                one.Count == other.Count && one.Zip(other).All(pair => IsSame(pair.First, pair.Second, path)),
            _ when Estate.TextOf(planned) is { } one && Estate.TextOf(there) is { } other => one == other || IsSameId(one, other)
                || (path == "/location" && ArmCase.Same(one.Replace(" ", string.Empty, StringComparison.Ordinal), other)),
            _ => JsonNode.DeepEquals(planned, there),
        };

        // The plan names resources of its own group by expressions.
        private bool IsSameId(string planned, string there) => ResourceId.TryParse(there, out var id)
            && ((ResourceId.TryParse(planned, out var other) && id == other)
                || (id.Key.StartsWith(_group.Key + "/", StringComparison.Ordinal) && ResourceReference.Of(id) is { } reference
                    && reference.Expression.Equals(planned, StringComparison.OrdinalIgnoreCase)));

        private static bool IsWithin(string one, string other) =>
            one == other || one.StartsWith(other + "/", StringComparison.Ordinal) || other.StartsWith(one + "/", StringComparison.Ordinal);

        private static string Shown(JsonNode? value) =>
            value is null ? "nothing" : PrintedText.Of(value.ToJsonString(), ValueCharsMax);
    }
}
