using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.JobRuns;
using Mover.Server.Operations;
using Mover.Server.StorageMovers;
using Mover.State.Documents;

namespace Mover.Server.JobDefinitions;

/// <summary>The HTTP face of <c>projects/jobDefinitions</c>.</summary>
internal sealed class JobDefinitionRoutes(ResourceMap map, ArmDeletes deletes, DocumentStore documents, RuleContexts contexts)
{
    public void Map(IEndpointRouteBuilder routes) => map.Add<JobDefinition>(routes, new(JobDefinition.Described)
    {
        Shape = Shapes.Of(JobDefinition.Described) with { Beside = ScheduledJob.BesideAsync },
        Put = Decide,
        Patch = Decide,
        Delete = DeleteAsync,
    });

    private PutRule<JobDefinition> Decide(ResourceScope scope) =>
        (before, wanted, cancel) => DecideAsync(scope, before, wanted, cancel);

    private async ValueTask<Result<JobDefinition>> DecideAsync(ResourceScope scope, JobDefinition? before, JobDefinition wanted,
        CancellationToken cancel)
    {
        var isNew = before is null || before.Properties?.JobType != wanted.Properties?.JobType;
        var source = isNew ? await EndpointAsync(scope, wanted.Properties?.SourceName, cancel) : null;
        var target = isNew ? await EndpointAsync(scope, wanted.Properties?.TargetName, cancel) : null;
        return JobDefinitionRules.Put(scope.Id, before, wanted, source, target, contexts.Of(scope));
    }

    private async Task<StorageEndpoint?> EndpointAsync(ResourceScope scope, string? name, CancellationToken cancel)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            return null;
        }

        var id = JobDefinitionRules.MoverOf(scope.Id).Child(StorageEndpoint.Described, name);
        if (WriteTerms.PreviewOf(scope.Http)?.Find(id, MoverJson.Wire.StorageEndpoint) is { } decided)
        {
            return decided;
        }

        return ResourceNames.Check(id) is null ? (await documents.GetAsync(id, MoverJson.Wire.StorageEndpoint, cancel))?.Value : null;
    }

    // Its runs go with it. An active one has to be stopped first, or its agent would copy for nobody; one that is being stopped is waited
    // for. One that is started at this very moment counts, because it changes the definition that is marked.
    private Task<IResult> DeleteAsync(ResourceScope scope, CancellationToken cancel) => deletes.FinishAsync(
        scope,
        MoverJson.Wire.JobDefinition,
        (definition, _) => Task.FromResult<Result<DocumentWrite[]>>(
            JobRunStatuses.IsActive(definition.Properties?.LatestJobRunStatus)
                && !WorkOrders.IsCancel(definition.Properties?.LatestJobRunStatus)
                ? ArmErrors.InUseByRun(scope.Id, definition.Properties?.LatestJobRunName ?? string.Empty)
                : Array.Empty<DocumentWrite>()),
        definition => definition with
        {
            Properties = (definition.Properties ?? new()) with { ProvisioningState = ProvisioningStates.Deleting },
        },
        cancel);
}
