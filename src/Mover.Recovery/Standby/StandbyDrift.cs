using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Recovery.Plans;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Standby;

/// <summary>One resource of a standby that is not as its snapshot wants it.</summary>
/// <param name="Id">ARM id.</param>
/// <param name="Change">
/// What repairs it: <c>Create</c>, <c>Modify</c>, <c>Delete</c>, or <c>Replace</c>, which is to delete it and create it again.
/// </param>
/// <param name="Properties">The properties that differ; empty unless it is modified or replaced.</param>
public sealed record StandbyDriftItem(string Id, string Change, IReadOnlyList<PropertyEffect> Properties);

/// <summary>A resource that the snapshot no longer has and that stays all the same.</summary>
/// <param name="Id">ARM id.</param>
/// <param name="Reason">Why.</param>
public sealed record StandbyKept(string Id, string Reason);

/// <summary>How a standby differs from its snapshot.</summary>
/// <param name="Items">What is to be repaired, in the order of ids.</param>
/// <param name="Kept">What the standby made earlier, the snapshot no longer has, and stays.</param>
/// <param name="Count">Resources that are at the standby, agents not counted.</param>
public sealed record StandbyDrift(IReadOnlyList<StandbyDriftItem> Items, IReadOnlyList<StandbyKept> Kept, int Count)
{
    private const string Delete = "Delete";

    /// <summary>The tag that follows each plan: a new value alone is no drift.</summary>
    private const string PlanTag = $"tags.{PlanId.Tag}";

    /// <summary>Whether nothing is to be repaired.</summary>
    public bool IsInStep => Items.Count == 0;

    /// <summary>What is to be deleted for good.</summary>
    public IReadOnlyList<ResourceId> Deletions => Ids(Delete);

    /// <summary>What is to be deleted and created again.</summary>
    public IReadOnlyList<ResourceId> Replacements => Ids(StandbyReplacements.Replace);

    /// <summary>Compares. Pure.</summary>
    /// <param name="plan">The plan of the newest snapshot.</param>
    /// <param name="estate">What is at the standby.</param>
    /// <param name="made">Keys of what earlier plans of the standby made.</param>
    internal static StandbyDrift Of(RecoveryPlan plan, StandbyEstate estate, IReadOnlySet<string> made)
    {
        var wanted = StandbyEstate.Of(plan).Select(id => id.Key).ToHashSet(StringComparer.Ordinal);
        var extra = estate.Documents.Where(one => !wanted.Contains(one.Key)).ToList();
        var own = extra.Where(one => made.Contains(one.Key) || IsMarked(one.Value)).Select(one => one.Key)
            .ToHashSet(StringComparer.Ordinal);
        var foreign = extra.Where(one => !own.Contains(one.Key)).Select(one => Estate.IdOf(one.Value)).ToList();
        var (items, kept) = (new List<StandbyDriftItem>(), new List<StandbyKept>());
        foreach (var effect in plan.Effects)
        {
            var differs = (effect.Properties ?? []).Where(property => property.Path != PlanTag).ToList();
            if (effect.Change == "Create" || (effect.Change == "Modify" && (differs.Count > 0 || effect.Properties is null)))
            {
                items.Add(new(effect.Id, effect.Change, differs));
            }
        }

        // A plan that can be carried out replaces nothing.
        if (!plan.IsReady())
        {
            items.AddRange(StandbyReplacements.Of(plan, estate, made));
        }

        foreach (var id in own.Select(key => Estate.IdOf(estate.Documents[key])))
        {
            if (foreign.Find(other => IsBelow(other, id) || Uses(estate.Documents[other.Key], id)) is { Text.Length: > 0 } other)
            {
                kept.Add(new(id.Text, $"{ResourceReference.Of(other)} in or on it does not belong to the standby"));
            }
            else
            {
                items.Add(new(id.Text, Delete, []));
            }
        }

        return new(
            [.. items.OrderBy(item => ArmCase.Lower(item.Id), StringComparer.Ordinal)],
            [.. kept.OrderBy(one => ArmCase.Lower(one.Id), StringComparer.Ordinal)],
            estate.Documents.Values.Count(one => !ArmCase.Same(Estate.IdOf(one).Type, EstateTypes.Agent)));
    }

    // A job definition names endpoints of its storage mover.
    private static bool Uses(JsonObject document, ResourceId endpoint)
    {
        var id = Estate.IdOf(document);
        return ArmCase.Same(id.Type, EstateTypes.JobDefinition) && ArmCase.Same(endpoint.Type, EstateTypes.Endpoint)
            && id.Parent.Parent == endpoint.Parent
            && new[] { "sourceName", "targetName" }
                .Any(name => ArmCase.Same(Estate.PropertyOf(document, name) ?? string.Empty, endpoint.Name));
    }

    private IReadOnlyList<ResourceId> Ids(string change) =>
        [.. Items.Where(item => item.Change == change).Select(item => ResourceId.TryParse(item.Id, out var id) ? id : default)];

    private static bool IsMarked(JsonObject document) =>
        document["tags"]?[PlanId.Tag] is not null && document["tags"]?[StandbyMark.Tag]?.ToString() == StandbyMark.Kept;

    internal static bool IsBelow(ResourceId id, ResourceId other) => id.Key.StartsWith(other.Key + "/", StringComparison.Ordinal);
}
