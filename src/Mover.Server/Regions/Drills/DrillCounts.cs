using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.StorageMovers;
using Mover.State;

namespace Mover.Server.Regions.Drills;

/// <summary>How many resources of each type a subscription has; without what is being deleted, which may go at any moment.</summary>
internal sealed class DrillCounts
{
    private const string Movers = ResourceTypes.StorageMover;

    private readonly SortedDictionary<string, int> _byType = new(StringComparer.Ordinal);

    /// <summary>All together.</summary>
    public int Total => _byType.Values.Sum();

    /// <summary>Counts what a state holds.</summary>
    public static async Task<DrillCounts> OfStateAsync(IStateSnapshot state, string subscription, CancellationToken cancel)
    {
        var counts = new DrillCounts();
        var below = ResourceId.OfSubscription(subscription).Key + "/";
        var deleting = new List<string>();
        await foreach (var entry in state.ReadAsync(cancel))
        {
            if (!entry.Key.StartsWith(below, StringComparison.Ordinal) || !ResourceId.TryParse(entry.Key, out var id)
                || (id.Type.Length > 0 && !ServiceSetProperties.Knows(id.Type)))
            {
                continue;
            }

            if (IsDeleting(entry))
            {
                deleting.Add(entry.Key + "/");
            }
            else if (!deleting.Exists(above => entry.Key.StartsWith(above, StringComparison.Ordinal)))
            {
                counts.Add(id.Type);
            }
        }

        return counts;
    }

    /// <summary>Counts what the lists of a control plane show to a caller.</summary>
    public static async Task<DrillCounts> OfListsAsync(DrillClient client, string subscription, CancellationToken cancel)
    {
        var counts = new DrillCounts();
        var root = ResourceId.OfSubscription(subscription).Text;
        var groups = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var group in client.ListAsync(root + "/resourceGroups", cancel))
        {
            if (!IsDeleting(group))
            {
                groups.Add(ArmCase.Lower($"{group["name"]}"));
                counts.Add(string.Empty);
            }
        }

        await foreach (var listed in client.ListAsync(root + "/resources", cancel))
        {
            if (!ResourceId.TryParse(listed["id"]?.ToString(), out var id) || !groups.Contains(ArmCase.Lower(id.ResourceGroup))
                || !ServiceSetProperties.Knows(id.Type) || IsDeleting(await client.GetAsync(id.Text, cancel)))
            {
                continue;
            }

            counts.Add(id.Type);
            if (ArmCase.Same(id.Type, Movers))
            {
                await counts.AddBelowAsync(client, id.Text, StorageMover.Described, cancel);
            }
        }

        return counts;
    }

    /// <summary>Null when another has as many of each; otherwise what differs.</summary>
    public string? DiffersFrom(DrillCounts copy)
    {
        var differs = _byType.Keys.Union(copy._byType.Keys, StringComparer.Ordinal)
            .Where(type => _byType.GetValueOrDefault(type) != copy._byType.GetValueOrDefault(type))
            .Select(type => (Name: type.Length == 0 ? "resource groups" : type, Listed: _byType.GetValueOrDefault(type),
                Copied: copy._byType.GetValueOrDefault(type)))
            .Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Name}: {one.Listed} of {one.Copied}"))
            .ToList();
        return differs.Count == 0 ? null : string.Join("; ", differs);
    }

    private async Task AddBelowAsync(DrillClient client, string above, ResourceType type, CancellationToken cancel)
    {
        foreach (var below in DescribedTypes.Below(type).Where(one => !one.IsHistory))
        {
            await foreach (var child in client.ListAsync($"{above}/{below.Collection}", cancel))
            {
                if (!IsDeleting(child))
                {
                    Add(below.Name);
                    await AddBelowAsync(client, $"{child["id"]}", below, cancel);
                }
            }
        }
    }

    private void Add(string type)
    {
        var key = ArmCase.Lower(type);
        _byType[key] = _byType.GetValueOrDefault(key) + 1;
    }

    private static bool IsDeleting(JsonObject? resource) =>
        resource?["properties"] is JsonObject properties && properties["provisioningState"]?.ToString() == ProvisioningStates.Deleting;

    private static bool IsDeleting(StateEntry entry)
    {
        try
        {
            using var document = JsonDocument.Parse(entry.Value);
            return document.RootElement.TryGetProperty("value", out var value) && value.ValueKind == JsonValueKind.Object
                && value.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object
                && properties.TryGetProperty("provisioningState", out var state) && state.ValueEquals(ProvisioningStates.Deleting);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
