using Mover.Core.Arm;
using Mover.Core.Rules;

namespace Mover.Server.Deployments;

/// <summary>Where a request about deployments is: a group or a subscription, and the deployment's name where the path has one.</summary>
internal static class DeploymentScope
{
    public const string Type = "Microsoft.Resources/deployments";

    /// <summary>The scope that a path's values name.</summary>
    public static ResourceId Of(HttpContext http)
    {
        var values = http.Request.RouteValues;
        var subscription = values["subscription"] as string ?? string.Empty;
        return values["group"] is string group ? ResourceId.OfGroup(subscription, group) : ResourceId.OfSubscription(subscription);
    }

    /// <summary>The deployment that a path names, or why there can be none of this name.</summary>
    public static Core.Result<ResourceId> DeploymentOf(HttpContext http)
    {
        var name = http.Request.RouteValues["deployment"] as string ?? string.Empty;
        return CheckName(name) is { } refusal ? refusal
            : ResourceId.TryParse(Of(http).Provider(Type, name).Text, out var id) ? id
            : ArmErrors.DeploymentNotFound(name);
    }

    /// <summary>Null when a deployment can be called so. Source: ARM's documented rule.</summary>
    public static ArmError? CheckName(string name) =>
        name.Length > DeploymentLimits.NameCharsMax ? ArmErrors.DeploymentNameTooLong(name, DeploymentLimits.NameCharsMax)
        : name is "" or "." or ".." || !name.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' or '(' or ')')
            ? ArmErrors.InvalidName(Type, name, "^[-\\w._()]{1,64}$")
        : null;

    /// <summary>Null when the scope can be one; a group that is not there is found by whoever reads it.</summary>
    public static ArmError? CheckScope(ResourceId scope) =>
        scope.ResourceGroup.Length > 0 ? ResourceNames.Check(scope) : null;
}
