using Mover.Core;
using Mover.Core.Access;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Activity;
using Mover.Server.Scheduling;
using Mover.Server.StorageAccounts;
using Mover.State.Documents;

namespace Mover.Server.AgentChannel;

/// <summary>Gives an agent the right to one container for one run, or sends it to its own Azure identity.</summary>
internal sealed class DataCredentials(DocumentStore documents, RunClaims claims, ContainerRights rights, DenialLog denials)
{
    /// <summary>The right, or why there is none.</summary>
    public async Task<Result<CredentialAnswer>> IssueAsync(ChannelAgent agent, CredentialRequest request, CancellationToken cancel)
    {
        if (!ChannelRules.TryReadRun(request.RunId, out var runId)
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

        var endpointId = request.Side == RunSide.Source ? run?.SourceResourceId : run?.TargetResourceId;
        var identities = await IdentitiesAsync(agent, endpointId, cancel);
        var issued = await rights.IssueAsync(identities, request.Side, account, container, cancel);
        if (issued.Try(out var right, out var refusal))
        {
            return new CredentialAnswer(right.BlobEndpoint, right.AccountName, container, right.Sas?.Reveal(), right.ExpiresAt);
        }

        denials.Add(
            new(agent.PrincipalId, agent.PrincipalId, agent.PrincipalId, PrincipalKind.Agent, agent.Id),
            new(DataRights.ActionOf(request.Side), DataRights.ScopeOf(account, container)),
            runId.Name);
        return refusal;
    }

    // The agent's identity, and that of the storage endpoint when it has one.
    private async Task<IReadOnlyList<string>> IdentitiesAsync(ChannelAgent agent, string? endpoint, CancellationToken cancel) =>
        ResourceId.TryParse(endpoint, out var id)
        && (await documents.GetAsync(id, MoverJson.Wire.StorageEndpoint, cancel))?.Value.Identity?.PrincipalId is { Length: > 0 } own
            ? [agent.PrincipalId, own]
            : [agent.PrincipalId];
}
