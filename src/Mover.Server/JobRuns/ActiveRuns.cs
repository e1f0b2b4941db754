using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Server.Documents;
using Mover.State.Documents;

namespace Mover.Server.JobRuns;

/// <summary>Finds the active runs of a storage mover: those that its job definitions name as their latest.</summary>
internal sealed class ActiveRuns(DocumentStore documents)
{
    /// <summary>The name of an active run whose snapshot of its definition matches; null when there is none.</summary>
    public async Task<string?> FindAsync(ResourceId mover, Func<JobDefinitionProperties, bool> uses, CancellationToken cancel)
    {
        await foreach (var project in documents.ListAsync(mover, "projects", Shapes.Project.Json, cancel))
        {
            await foreach (var definition in documents.ListAsync(project.Key.Id, "jobDefinitions", Shapes.JobDefinition.Json, cancel))
            {
                if (definition.Value.Properties is { } job
                    && JobRunStatuses.IsActive(job.LatestJobRunStatus)
                    && uses(await SnapshotAsync(job, cancel) ?? job))
                {
                    return job.LatestJobRunName;
                }
            }
        }

        return null;
    }

    // The definition may have been given another agent since the start.
    private async Task<JobDefinitionProperties?> SnapshotAsync(JobDefinitionProperties job, CancellationToken cancel) =>
        ResourceId.TryParse(job.LatestJobRunResourceId, out var run)
            ? (await documents.GetAsync(run, Shapes.JobRun.Json, cancel))?.Value.Properties?.JobDefinitionProperties
            : null;
}
