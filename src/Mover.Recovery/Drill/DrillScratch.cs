using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Recovery.Rules;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Drill;

/// <summary>A container that a drill makes in place of a real one.</summary>
/// <param name="Account">The storage account, at the destination.</param>
/// <param name="Name">The scratch container.</param>
public sealed record ScratchContainer(ResourceId Account, string Name);

/// <summary>Keeps a drill off the real targets: every container is replaced by one of the drill's own.</summary>
public static class DrillScratch
{
    /// <summary>What the names of a drill's resource groups begin with.</summary>
    public const string GroupPrefix = "mover-drill-";

    private const string Mark = "-drill-";
    private const int ContainerCharsMax = 63;

    /// <summary>Whether a container is one of a drill's own.</summary>
    public static bool IsScratch(string container) => container.Contains(Mark, StringComparison.Ordinal);

    /// <summary>The rules that replace the containers of a snapshot's endpoints; a drill of other kinds of targets is refused.</summary>
    /// <exception cref="RecoveryException">An endpoint is a target of a job and no container.</exception>
    public static IReadOnlyList<RecoveryRule> RulesFor(Snapshot snapshot, string id)
    {
        var resources = (snapshot.Template["resources"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        var targets = resources
            .Select(job => (Mover: job["name"]?.ToString().Split('/')[0], Target: job["properties"]?["targetName"]?.ToString()))
            .Where(job => job.Target is not null)
            .Select(job => $"{job.Mover}/{job.Target}")
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var rules = new List<RecoveryRule>();
        foreach (var endpoint in resources.Where(resource => targets.Contains(resource["name"]?.ToString() ?? string.Empty)))
        {
            var name = endpoint["name"]?.ToString() ?? string.Empty;
            if (endpoint["properties"]?["blobContainerName"]?.ToString() is not { } container)
            {
                throw new RecoveryException(
                    "DrillCannotIsolate", $"The endpoint {name} is the target of a job but not a blob container, so a drill would write to "
                        + $"the real one.",
                    "Exclude its jobs from the snapshot, or rehearse manually with --map.");
            }

            rules.Add(new(
                $"scratch-container-{rules.Count + 1}", "A drill writes to its own containers.",
                new(EstateTypes.Endpoint, name, null, new Dictionary<string, string>(StringComparer.Ordinal),
                    []),
                Removes: false, [], new() { ["properties"] = new JsonObject { ["blobContainerName"] = NameOf(container, id) } },
                    IsBuiltIn: false));
        }

        return rules;
    }

    /// <summary>The scratch containers that a drill's template names.</summary>
    public static IReadOnlyList<ScratchContainer> In(JsonObject template) =>
        [.. TemplateResources.All(template)
            .Select(resource => Of(resource["properties"])).OfType<ScratchContainer>().Distinct()];

    /// <summary>The scratch container of an endpoint's properties; null when it has none.</summary>
    public static ScratchContainer? Of(JsonNode? properties) =>
        properties?["blobContainerName"]?.ToString() is { } name && IsScratch(name)
            && ResourceId.TryParse(properties["storageAccountResourceId"]?.ToString(), out var account)
            ? new(account, name)
            : null;

    private static string NameOf(string container, string id)
    {
        var end = Mark + id;
        return container[..Math.Min(container.Length, ContainerCharsMax - end.Length)].TrimEnd('-') + end;
    }
}
