using Mover.Templates.Values;

namespace Mover.Templates.Evaluation;

/// <summary>Where a template is deployed, and what its functions say of that. Times and ids come from outside, so that the same context
/// gives the same result.</summary>
public sealed record DeploymentContext
{
    /// <summary>The subscription, a GUID in lower case.</summary>
    public required string SubscriptionId { get; init; }

    /// <summary>The resource group; null for a deployment to the subscription.</summary>
    public string? ResourceGroup { get; init; }

    /// <summary>The group's location, or the deployment's own above groups.</summary>
    public required string Location { get; init; }

    /// <summary>The tenant, a GUID in lower case.</summary>
    public required string TenantId { get; init; }

    /// <summary>The deployment's name.</summary>
    public required string DeploymentName { get; init; }

    /// <summary>What <c>utcNow</c> answers.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>What <c>newGuid</c> answers, one after the other.</summary>
    public required Func<Guid> NewGuid { get; init; }

    /// <summary>What <c>subscription().displayName</c> says.</summary>
    public string SubscriptionName { get; init; } = "Mover";

    /// <summary>What <c>tenant().displayName</c> says.</summary>
    public string TenantName { get; init; } = "Mover";

    /// <summary>The group's tags; null when there are none.</summary>
    public ObjectValue? GroupTags { get; init; }

    /// <summary>What <c>environment()</c> answers.</summary>
    public ObjectValue Environment { get; init; } = ObjectValue.Empty;

    /// <summary>What <c>deployer()</c> answers.</summary>
    public ObjectValue Deployer { get; init; } = ObjectValue.Empty;

    /// <summary>What functions ask of the cloud around the deployment; null where there is none, and no such functions.</summary>
    public CloudFacts? Cloud { get; init; }

    /// <summary>The id of the subscription.</summary>
    public string SubscriptionScope => $"/subscriptions/{SubscriptionId}";

    /// <summary>The id of the group, or of the subscription for a deployment to it.</summary>
    public string Scope => ResourceGroup is null ? SubscriptionScope : $"{SubscriptionScope}/resourceGroups/{ResourceGroup}";
}
