using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;

namespace Mover.Server.JobRuns;

/// <summary>Makes orders out of a run's snapshots: what the run was started with, not what its definition says since. Pure.</summary>
internal static class WorkOrders
{
    /// <summary>The order for a claimed run.</summary>
    public static WorkOrder Create(ResourceId id, JobRun run, RunClaim claim)
    {
        var properties = run.Properties ?? new();
        var definition = properties.JobDefinitionProperties ?? new();
        var retryOf = JobRetries.RunOf(properties);
        return new()
        {
            RunId = id.Text,
            Epoch = claim.Epoch,
            LeaseSeconds = (int)AgentChannelLimits.RunLease.TotalSeconds,
            Source = EndpointOf(properties.SourceResourceId, properties.SourceProperties, definition.SourceSubpath),
            Target = EndpointOf(properties.TargetResourceId, properties.TargetProperties, definition.TargetSubpath),
            CopyMode = definition.CopyMode == CopyModes.Mirror && retryOf is null ? OrderCopyMode.Mirror : OrderCopyMode.Additive,
            RetryOf = retryOf,
            PreservePermissions = definition.PreservePermissions ?? true,
            DataIntegrityValidation = definition.DataIntegrityValidation switch
            {
                DataIntegrityValidations.SaveFileMd5 => OrderIntegrity.SaveFileMD5,
                DataIntegrityValidations.SaveVerifyFileMd5 => OrderIntegrity.SaveVerifyFileMD5,
                _ => OrderIntegrity.None,
            },
            CancelRequested = IsCancel(properties.Status),
        };
    }

    /// <summary>Whether somebody asked to stop a run with this status.</summary>
    public static bool IsCancel(string? status) => status is JobRunStatuses.CancelRequested or JobRunStatuses.Canceling;

    private static OrderEndpoint EndpointOf(string? id, StorageEndpointProperties? properties, string? subpath) =>
        EndpointKind.Order(properties, new()
        {
            ResourceId = id ?? string.Empty,
            EndpointType = properties?.EndpointType ?? string.Empty,
            Subpath = (subpath ?? string.Empty).Trim('/'),
        });
}
