using System.Globalization;
using System.Text.Json;
using Mover.Core.Regions;
using Mover.Server.Arm;
using Mover.Server.Authorization;
using Mover.Server.Identity;
using Mover.Server.Settings;

namespace Mover.Server.Subscriptions;

/// <summary>The one subscription and the one tenant of this control plane, and the regions that it knows, as ARM lists them.</summary>
internal sealed class SubscriptionRoutes(Administrator administrator, ServerOptions options)
{
    private const string Read = "Microsoft.Resources/subscriptions/read";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/subscriptions", List).RequiresAction(Read, ActionReach.AnyCaller);
        routes.MapGet("/subscriptions/{subscription}", Get).RequiresAction(Read, ActionReach.AnyRole);
        routes.MapGet("/subscriptions/{subscription}/locations", ListLocations)
            .RequiresAction("Microsoft.Resources/subscriptions/locations/read", ActionReach.AnyRole);
        routes.MapGet("/tenants", ListTenants).RequiresAction("Microsoft.Resources/tenants/read", ActionReach.AnyCaller);
    }

    private IResult List(HttpContext http) => ArmResults.Written(writer =>
    {
        var isShown = CallerRights.Of(http).HasAny($"/subscriptions/{administrator.SubscriptionId}");
        writer.WriteStartObject();
        writer.WriteStartArray("value");
        if (isShown)
        {
            Own(writer);
        }

        writer.WriteEndArray();
        writer.WriteStartObject("count");
        writer.WriteString("type", "Total");
        writer.WriteNumber("value", isShown ? 1 : 0);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    private IResult Get() => ArmResults.Written(Own);

    // The control plane's own region first: clients that take the first one get the nearest.
    private IResult ListLocations() => ArmResults.Written(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("value");
        foreach (var region in options.Regions.All.OrderByDescending(region => region.Name == options.OwnRegion.Name))
        {
            Location(writer, region);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private IResult ListTenants() => ArmResults.Written(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("value");
        writer.WriteStartObject();
        writer.WriteString("id", $"/tenants/{administrator.TenantId}");
        writer.WriteString("tenantId", administrator.TenantId);
        writer.WriteString("displayName", "Mover");
        writer.WriteString("tenantCategory", "Home");
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private void Own(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("id", $"/subscriptions/{administrator.SubscriptionId}");
        writer.WriteString("authorizationSource", "RoleBased");
        writer.WriteStartArray("managedByTenants");
        writer.WriteEndArray();
        writer.WriteString("subscriptionId", administrator.SubscriptionId);
        writer.WriteString("tenantId", administrator.TenantId);
        writer.WriteString("displayName", "Mover");
        writer.WriteString("state", "Enabled");
        writer.WriteEndObject();
    }

    private void Location(Utf8JsonWriter writer, Region region)
    {
        writer.WriteStartObject();
        writer.WriteString("id", LocationId(region.Name));
        writer.WriteString("name", region.Name);
        writer.WriteString("type", "Region");
        writer.WriteString("displayName", region.DisplayName);
        writer.WriteString("regionalDisplayName", region.RegionalDisplayName);
        writer.WriteStartObject("metadata");
        writer.WriteString("regionType", "Physical");
        writer.WriteString("regionCategory", region.Category);
        writer.WriteString("geography", region.Geography);
        writer.WriteString("geographyGroup", region.GeographyGroup);
        writer.WriteString("physicalLocation", region.PhysicalLocation);
        writer.WriteStartArray("pairedRegion");
        if (region.PairedRegion is { } pair)
        {
            writer.WriteStartObject();
            writer.WriteString("name", pair);
            writer.WriteString("id", LocationId(pair));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        if (region.Zones > 0)
        {
            Zones(writer, region);
        }

        writer.WriteEndObject();
    }

    private static void Zones(Utf8JsonWriter writer, Region region)
    {
        writer.WriteStartArray("availabilityZoneMappings");
        for (var zone = 1; zone <= region.Zones; zone++)
        {
            writer.WriteStartObject();
            writer.WriteString("logicalZone", zone.ToString(CultureInfo.InvariantCulture));
            writer.WriteString("physicalZone", region.PhysicalZone(zone));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private string LocationId(string region) => $"/subscriptions/{administrator.SubscriptionId}/locations/{region}";
}
