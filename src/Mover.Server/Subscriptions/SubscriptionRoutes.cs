using System.Text;
using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Access;
using Mover.Server.Arm;
using Mover.Server.Authorization;

namespace Mover.Server.Subscriptions;

/// <summary>The one subscription, the one tenant and the region of this control plane, as ARM lists them.</summary>
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

    private IResult List(HttpContext http)
    {
        var own = CallerRights.Of(http).HasAny($"/subscriptions/{administrator.SubscriptionId}") ? new JsonArray(Own()) : [];
        return Json(new() { ["value"] = own, ["count"] = new JsonObject { ["type"] = "Total", ["value"] = own.Count } });
    }

    private IResult Get(string subscription) => IsOwn(subscription) ? Json(Own()) : ArmErrors.SubscriptionNotFound(subscription).ToResult();

    private IResult ListLocations(string subscription)
    {
        if (!IsOwn(subscription))
        {
            return ArmErrors.SubscriptionNotFound(subscription).ToResult();
        }

        var id = $"/subscriptions/{administrator.SubscriptionId}/locations/{options.Region}";
        var regions = new ResourceList<RegionListing>([new(id, options.Region, options.Region)]);
        return ArmResults.Ok(regions, MoverJson.Wire.ResourceListRegionListing);
    }

    private IResult ListTenants() => Json(new()
    {
        ["value"] = new JsonArray(new JsonObject
        {
            ["id"] = $"/tenants/{administrator.TenantId}",
            ["tenantId"] = administrator.TenantId,
            ["displayName"] = "Mover",
            ["tenantCategory"] = "Home",
        }),
    });

    private bool IsOwn(string subscription) => subscription.Equals(administrator.SubscriptionId, StringComparison.OrdinalIgnoreCase);

    private JsonObject Own() => new()
    {
        ["id"] = $"/subscriptions/{administrator.SubscriptionId}",
        ["authorizationSource"] = "RoleBased",
        ["subscriptionId"] = administrator.SubscriptionId,
        ["tenantId"] = administrator.TenantId,
        ["displayName"] = "Mover",
        ["state"] = "Enabled",
    };

    private static IResult Json(JsonObject body) => ArmResults.Raw(StatusCodes.Status200OK, Encoding.UTF8.GetBytes(body.ToJsonString()));
}
