using Mover.Core.Arm;

namespace Mover.Client;

/// <summary>Which api-version is asked for, by the provider of the resource.</summary>
public static class AskedVersions
{
    /// <summary>Subscriptions and resource groups.</summary>
    public const string Resources = "2022-12-01";

    /// <summary>Deployments of templates.</summary>
    public const string Deployments = "2022-09-01";

    /// <summary>The version for a resource's own type, or a collection's.</summary>
    public static string For(string idOrCollection)
    {
        var at = idOrCollection.LastIndexOf("/providers/", StringComparison.OrdinalIgnoreCase);
        var provider = at < 0 ? string.Empty : idOrCollection[(at + "/providers/".Length)..].Split('/')[0].ToLowerInvariant();
        return provider switch
        {
            "microsoft.storagemover" => MoverClientOptions.StorageMoverVersion,
            "microsoft.storage" => "2023-05-01",
            "microsoft.hybridcompute" => "2024-07-10",
            "microsoft.keyvault" => "2023-07-01",
            "microsoft.network" => "2024-05-01",
            "microsoft.authorization" => "2022-04-01",
            "microsoft.resources" => Deployments,
            "microsoft.insights" => "2015-04-01",
            _ => Resources,
        };
    }

    /// <summary>The version for an action of a resource: a newer one for an action that the usual version does not have.</summary>
    public static string For(string id, string? action) => action == "reconcileJob" ? "2026-05-01" : For(id);

    /// <summary>The version for a resource.</summary>
    public static string For(ResourceId id) => For(id.Text);
}
