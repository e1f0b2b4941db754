using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Server.Documents;
using Mover.State.Documents;

namespace Mover.Server.JobRuns;

/// <summary>Written with every start in a storage mover, so that what looked for active runs can tell that one was started since.</summary>
/// <param name="Run">The name of the run that was started last.</param>
internal sealed record StartMark(string Run)
{
    /// <summary>Where the marks are.</summary>
    public static readonly MirroredArea Area = new("starts");

    /// <summary>The write that belongs into a start's commit.</summary>
    public static DocumentWrite Of(ResourceId mover, string run) =>
        DocumentWrite.Put(Area.KeyOf(mover), new StartMark(run), ServerJson.Default.StartMark);
}

/// <summary>Finds the active runs of a storage mover: those that its job definitions name as their latest.</summary>
internal sealed class ActiveRuns(DocumentStore documents)
{
    /// <summary>
    /// Refuses while an active run uses a resource below the storage mover, and otherwise answers the condition that none was started
    /// since.
    /// </summary>
    /// <param name="id">The resource.</param>
    /// <param name="uses">Whether a run uses it, by the snapshot of its definition.</param>
    /// <param name="cancel">Stops the search.</param>
    public async Task<Result<DocumentWrite[]>> RefuseUseAsync(
        ResourceId id, Func<JobDefinitionProperties, bool> uses, CancellationToken cancel)
    {
        var mark = StartMark.Area.KeyOf(id.Parent);
        var before = await documents.GetInfoAsync(mark, cancel);
        return await FindAsync(id.Parent, uses, cancel) is { } user
            ? ArmErrors.InUseByRun(id, user)
            : new[] { DocumentWrite.Check(mark, DocumentCondition.AsRead(before)) };
    }

    private async Task<string?> FindAsync(ResourceId mover, Func<JobDefinitionProperties, bool> uses, CancellationToken cancel)
    {
        await foreach (var project in documents.ListAsync(mover, "projects", Shapes.Project.Json, cancel))
        {
            await foreach (var definition in documents.ListAsync(project.Key.Id, "jobDefinitions", Shapes.JobDefinition.Json, cancel))
            {
                if (definition.Value.Properties is { } job
                    && JobRunStatuses.IsActive(job.LatestJobRunStatus)
                    && uses(await SnapshotAsync(job, cancel) ?? job))
                {
                    return job.LatestJobRunName ?? string.Empty;
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
