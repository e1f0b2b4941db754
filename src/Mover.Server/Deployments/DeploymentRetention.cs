using Mover.Core.Arm;
using Mover.State.Documents;

namespace Mover.Server.Deployments;

/// <summary>How many deployments a scope keeps, and what goes with one.</summary>
internal sealed class DeploymentRetention(DocumentStore documents, DeploymentContents contents)
{
    /// <summary>Makes room for one more at the scope of a deployment: the oldest that have ended go. Null when there is room.</summary>
    public async Task<ArmError?> MakeRoomAsync(ResourceId deployment, WriteStamp stamp, CancellationToken cancel)
    {
        var scope = deployment.ResourceGroup.Length > 0
            ? ResourceId.OfGroup(deployment.Subscription, deployment.ResourceGroup)
            : ResourceId.OfSubscription(deployment.Subscription);
        var there = new List<Document<DeploymentRecord>>();
        await foreach (var one in documents.ListAsync(scope, DeploymentScope.Type, DeploymentsJson.Stored.DeploymentRecord, cancel))
        {
            // Only what decides is kept in memory.
            var small = one.Value.Properties with { Parameters = null, Outputs = null, Dependencies = null };
            there.Add(one with { Value = one.Value with { Properties = small } });
        }

        var tooMany = there.Count + 1 - DeploymentLimits.PerScopeMax;
        foreach (var old in there.Where(one => !one.Value.IsActive).OrderBy(one => one.Value.Properties.Timestamp).Take(tooMany))
        {
            tooMany -= await RemoveAsync(old, stamp, cancel) ? 1 : 0;
        }

        return tooMany > 0 ? ArmErrors.DeploymentQuotaExceeded(scope.Text, DeploymentLimits.PerScopeMax) : null;
    }

    /// <summary>Removes a deployment with what belongs to it; false when it changed meanwhile.</summary>
    public async Task<bool> RemoveAsync(Document<DeploymentRecord> deployment, WriteStamp stamp, CancellationToken cancel)
    {
        var gone = await documents.DeleteAsync(deployment.Key, DocumentCondition.Unchanged(deployment.Info), stamp, cancel);
        if (gone == DeleteOutcome.Deleted)
        {
            await ForgetAsync(deployment.Value, stamp with { Routine = true }, cancel);
        }

        return gone != DeleteOutcome.ConditionFailed;
    }

    /// <summary>Removes the steps and the template of a deployment that is gone or was replaced.</summary>
    public async Task ForgetAsync(DeploymentRecord deployment, WriteStamp stamp, CancellationToken cancel)
    {
        await contents.RemoveAsync(deployment.ResourceId, deployment.Instance, null, stamp, cancel);
        var steps = DocumentKey.Internal([.. DeploymentSteps.Area.KeyOf(deployment.ResourceId).Text.Split('/'), deployment.Instance]);
        await documents.DeleteBelowAsync(steps, stamp, cancel);
    }
}
