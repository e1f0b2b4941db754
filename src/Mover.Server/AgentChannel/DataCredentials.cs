using Mover.Core;
using Mover.Core.Access;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Activity;
using Mover.Server.JobRuns;
using Mover.Server.StorageAccounts;
using Mover.State.Documents;

namespace Mover.Server.AgentChannel;

/// <summary>Gives an agent the right to one container for one run, or for a look at it, or sends it to its own Azure identity.</summary>
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
        if (EndpointKind.DataOf(endpoint) is not { Account: var account, Container: { } container })
        {
            return ArmErrors.NoDataCredentials(runId, $"the run's {request.Side} is not a blob container of a storage account.");
        }

        return await IssueAsync(agent, request.Side, account, container, runId.Name, isLook: false, cancel);
    }

    /// <summary>A right to list the container of a storage endpoint, judged as a run's would be, or why there is none.</summary>
    public async Task<Result<CredentialAnswer>> LookAsync(ChannelAgent agent, LookRequest request, CancellationToken cancel)
    {
        var id = agent.Id.Parent.Child(StorageEndpoint.Described, request.EndpointName);
        if (await documents.GetAsync(id, MoverJson.Wire.StorageEndpoint, cancel) is not { } found)
        {
            return ArmErrors.ResourceNotFound(id);
        }

        var properties = found.Value.Properties;
        if (EndpointKind.DataOf(properties) is not { Account: var account, Container: { } container })
        {
            return ArmErrors.NoDataCredentials(id, "the endpoint is not a blob container of a storage account.");
        }

        var side = properties?.EndpointKind == nameof(RunSide.Source) ? RunSide.Source : RunSide.Target;
        return await IssueAsync(agent, side, account, container, request.EndpointName, isLook: true, cancel);
    }

    private async Task<Result<CredentialAnswer>> IssueAsync(
        ChannelAgent agent, RunSide side, ResourceId account, string container, string asked, bool isLook, CancellationToken cancel)
    {
        // The storage endpoint's own identity counts for nothing here: any agent may be named in a job that uses it.
        var issued = await rights.IssueAsync(agent.PrincipalId, side, account, container, isLook, cancel);
        if (issued.Try(out var right, out var refusal))
        {
            return new CredentialAnswer(right.BlobEndpoint, right.AccountName, container, right.Sas?.Reveal(), right.ExpiresAt);
        }

        denials.Add(
            new(agent.PrincipalId, agent.PrincipalId, agent.PrincipalId, PrincipalKind.Agent, agent.Id),
            new(DataRights.ActionOf(side), DataRights.ScopeOf(account, container)),
            asked);

        // A key that cannot be decrypted does not mend itself: the agent hears why, and does not ask again as after a fault.
        return refusal.Status >= 500 ? refusal with { Status = StatusCodes.Status409Conflict } : refusal;
    }
}
