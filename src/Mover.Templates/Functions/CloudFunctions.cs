using System.Globalization;
using Mover.Core.Regions;
using Mover.Templates.Evaluation;
using Mover.Templates.Values;

namespace Mover.Templates.Functions;

/// <summary>
/// Functions that ask the cloud around a deployment for its providers, zones and roles; without one they are not valid. Those that turn
/// zones into others stand only where <c>reference</c> may stand, as in Microsoft's engine.
/// </summary>
internal static class CloudFunctions
{
    private const int ZonesPickedMax = 3;

    // Resources of these types choose their zone. Storage accounts do not; they tell whether a region has zones to replicate over.
    // Source: Azure documentation, "pickZones".
    private static readonly HashSet<string> ZonalTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        "Microsoft.Compute/virtualMachines", "Microsoft.Compute/virtualMachineScaleSets", "Microsoft.Compute/disks",
        "Microsoft.Network/publicIPAddresses", "Microsoft.Storage/storageAccounts",
    };

    public static IReadOnlyList<Function> All { get; } =
    [
        new("providers", 1, 2, Providers),
        new("pickZones", 3, 5, PickZones),
        new("toLogicalZone", 3, 3, call => TemplateValue.Of(Logical(RegionOf(call), call.Text(2)))),
        new("toLogicalZones", 3, 3, call => Each(call, Logical)),
        new("toPhysicalZone", 3, 3, call => TemplateValue.Of(Physical(RegionOf(call), call.Text(2)))),
        new("toPhysicalZones", 3, 3, call => Each(call, Physical)),
        new("roleDefinitions", 1, 1, RoleDefinitions),
    ];

    private static CloudFacts CloudOf(FunctionCall call) => call.Scope.Context.Cloud ?? throw Evaluator.Unknown(call.Name);

    private static ObjectValue Providers(FunctionCall call)
    {
        var (name, type) = (call.Text(0), call.TextOrNull(1));
        var provider = CloudOf(call).Provider(name) ?? throw call.Unable($"The resource namespace '{name}' is invalid.");
        return type is null ? provider
            : (provider["resourceTypes"] as ArrayValue)?.Items.OfType<ObjectValue>().FirstOrDefault(one =>
                one["resourceType"] is StringValue found && found.Value.Equals(type, StringComparison.OrdinalIgnoreCase))
            ?? throw call.Unable($"The resource type '{type}' could not be found in the namespace '{name}'.");
    }

    private static ArrayValue PickZones(FunctionCall call)
    {
        var cloud = CloudOf(call);
        var (type, location) = ($"{call.Text(0)}/{call.Text(1)}", call.Text(2));
        var (count, offset) = (call.Count > 3 ? call.Integer(3) : 1, call.Count > 4 ? call.Integer(4) : 0);
        if (count is < 1 or > ZonesPickedMax || offset is < 0 or >= ZonesPickedMax)
        {
            throw call.Unable($"It takes 1 to {ZonesPickedMax} zones and an offset from 0 to {ZonesPickedMax - 1}.");
        }

        var zones = ZonalTypes.Contains(type) ? cloud.Regions.Find(location)?.Zones ?? 0 : 0;
        return zones == 0 ? new([])
            : offset + count <= zones ? new([.. Enumerable.Range((int)offset + 1, (int)count).Select(zone => TemplateValue.Of(Text(zone)))])
            : throw call.Unable($"The offset '{offset}' and '{count}' zones exceed the '{zones}' zones of '{location}'.");
    }

    // Every subscription has the same numbers for the zones of a region.
    private static Region RegionOf(FunctionCall call)
    {
        ReferenceFunctions.Here(call).Allow(call.Name);
        var (cloud, subscription, location) = (CloudOf(call), call.Text(0), call.Text(1));
        return !subscription.Equals(call.Scope.Context.SubscriptionId, StringComparison.OrdinalIgnoreCase)
            ? throw call.Unable($"The subscription '{subscription}' could not be found.")
            : cloud.Regions.Find(location) ?? throw call.Unable($"The location '{location}' is not known.");
    }

    private static ArrayValue Each(FunctionCall call, Func<Region, string, string> map)
    {
        var region = RegionOf(call);
        return new([.. call.Array(2).Select(zone => zone is StringValue text
            ? TemplateValue.Of(map(region, text.Value))
            : throw call.Unable($"A zone must be of type 'String'. The provided value is of type '{zone.Kind}'."))]);
    }

    private static string Physical(Region region, string logical) => Zones(region)
        .Where(zone => Text(zone) == logical)
        .Select(region.PhysicalZone)
        .FirstOrDefault(string.Empty);

    private static string Logical(Region region, string physical) => Zones(region)
        .Where(zone => region.PhysicalZone(zone).Equals(physical, StringComparison.OrdinalIgnoreCase))
        .Select(Text)
        .FirstOrDefault(string.Empty);

    private static IEnumerable<int> Zones(Region region) => Enumerable.Range(1, region.Zones);

    private static string Text(int zone) => zone.ToString(CultureInfo.InvariantCulture);

    private static ObjectValue RoleDefinitions(FunctionCall call)
    {
        var (cloud, name) = (CloudOf(call), call.Text(0));
        var role = cloud.Role(name) ?? throw call.Unable($"The role definition '{name}' could not be found.");
        return new ObjectBuilder()
            .Set("id", TemplateValue.Of($"{call.Scope.Context.SubscriptionScope}/providers/Microsoft.Authorization/roleDefinitions/{role}"))
            .Set("roleDefinitionId", TemplateValue.Of(role))
            .Build();
    }
}
