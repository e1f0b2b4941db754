using Mover.Core;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Scheduling;
using Mover.State.Documents;

namespace Mover.Server.AgentChannel;

/// <summary>Gives an agent the right to one container for one run, or sends it to its own Azure identity.</summary>
internal sealed class DataCredentials(DocumentStore documents, RunClaims claims)
{
    /// <summary>The right, or why there is none.</summary>
    public async Task<Result<CredentialAnswer>> IssueAsync(ChannelAgent agent, CredentialRequest request, CancellationToken cancel)
    {
        if (!ResourceId.TryParse(request.RunId, out var runId)
            || await claims.FindAsync(agent.Id, runId, cancel) is not { } claim
            || claim.Value.Epoch != request.Epoch)
        {
            return ArmErrors.RunOwnedElsewhere(runId, request.Epoch);
        }

        var run = (await documents.GetAsync(runId, MoverJson.Wire.JobRun, cancel))?.Value.Properties;
        var endpoint = request.Side == RunSide.Source ? run?.SourceProperties : run?.TargetProperties;
        if (endpoint is not BlobContainerProperties { BlobContainerName: { } container } blob
            || !ResourceId.TryParse(blob.StorageAccountResourceId, out var account))
        {
            return ArmErrors.NoDataCredentials(runId, $"the run's {request.Side} is no blob container of a storage account.");
        }

        var registered = await documents.GetAsync(account, MoverJson.Wire.StorageAccount, cancel);
        var address = registered?.Value.Properties?.PrimaryEndpoints?.Blob ?? $"https://{account.Name.ToLowerInvariant()}.blob.core.windows.net/";
        return new CredentialAnswer(address, account.Name, container, null, null);
    }
}
