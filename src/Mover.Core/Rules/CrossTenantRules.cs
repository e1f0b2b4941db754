using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Core.Rules;

/// <summary>What of a job or an endpoint concerns another tenant. Pure.</summary>
internal static class CrossTenantRules
{
    private const string P = "properties.";
    private const string Endpoints = ResourceTypes.StorageEndpoint;

    /// <summary>Accounts that an endpoint may list.</summary>
    private const int AccountsMax = 100;

    /// <summary>A cross-tenant job is a cloud job that names the other tenant and the endpoint there, for good.</summary>
    public static void Check(Problems problems, JobDefinitionProperties? kept, JobDefinitionProperties asked, string jobType)
    {
        if (asked.IsCrossTenantJob == true)
        {
            if (jobType != JobTypes.CloudToCloud)
            {
                problems.Add(P + "isCrossTenantJob", $"Only a job of type {JobTypes.CloudToCloud} can have its target in another tenant.");
            }

            problems.Required(P + "crossTenantEndpointTenantId", asked.CrossTenantEndpointTenantId);
            problems.IdOfType(P + "crossTenantEndpointResourceId", asked.CrossTenantEndpointResourceId, Endpoints);
        }

        if (!string.IsNullOrEmpty(asked.CrossTenantEndpointTenantId) && !Guid.TryParse(asked.CrossTenantEndpointTenantId, out _))
        {
            problems.Add(P + "crossTenantEndpointTenantId", "A tenant id must be a GUID.");
        }

        if (kept is null)
        {
            return;
        }

        if ((kept.IsCrossTenantJob == true) != (asked.IsCrossTenantJob == true))
        {
            problems.Add(P + "isCrossTenantJob", $"The property '{P}isCrossTenantJob' is set at creation and cannot be changed.");
        }

        problems.Unchanged(P + "crossTenantEndpointTenantId", kept.CrossTenantEndpointTenantId, asked.CrossTenantEndpointTenantId,
            StringComparison.OrdinalIgnoreCase);
        problems.Unchanged(P + "crossTenantEndpointResourceId", kept.CrossTenantEndpointResourceId, asked.CrossTenantEndpointResourceId,
            StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The partner's accounts are named by their ids.</summary>
    public static void Accounts(Problems problems, IReadOnlyList<string>? accounts)
    {
        if (accounts?.Count > AccountsMax)
        {
            problems.Add(P + "allowedStorageAccounts", $"An endpoint can list at most {AccountsMax} accounts.");
            return;
        }

        for (var at = 0; at < accounts?.Count; at++)
        {
            if (!ResourceId.TryParse(accounts[at], out var id)
                || !id.Type.Equals(ResourceTypes.StorageAccount, StringComparison.OrdinalIgnoreCase))
            {
                problems.Add($"{P}allowedStorageAccounts[{at}]", "An account must be the resource id of a "
                    + "Microsoft.Storage/storageAccounts.");
            }
        }
    }
}
