using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Server.Documents;
using Mover.State.Documents;

namespace Mover.Server.JobRuns;

/// <summary>
/// Stops jobs. A run that an agent works on is asked to stop; one that still waits in the queue, or whose agent has fallen silent, is
/// cancelled at once, because it would stay asked for ever.
/// </summary>
internal sealed class JobStopper(DocumentStore documents, ArmReads reads, RunEnds ends)
{
    /// <summary>The run that was asked, or why there is none.</summary>
    public async Task<Result<ResourceId>> StopAsync(ResourceId id, WriteStamp stamp, CancellationToken cancel)
    {
        var rounds = documents.Rounds();
        do
        {
            var found = await reads.FindAsync(id, MoverJson.Wire.JobDefinition, cancel);
            if (!found.Try(out var definition, out var refusal))
            {
                return refusal;
            }

            var job = definition.Value.Properties;
            var run = ResourceId.TryParse(job?.LatestJobRunResourceId, out var runId)
                ? await documents.GetAsync(runId, MoverJson.Wire.JobRun, cancel)
                : null;
            var decided = JobStarts.Stop(id, run?.Value.Properties, stamp.At);
            if (!decided.Try(out var stopped, out refusal))
            {
                return refusal;
            }

            if (run is null || await CommitAsync(definition, run, stopped, stamp, cancel))
            {
                return runId;
            }
        }
        while (await rounds.NextAsync(cancel));

        return ArmErrors.Contended(id);
    }

    private async Task<bool> CommitAsync(
        Document<JobDefinition> definition, Document<JobRun> run, JobRunProperties stopped, WriteStamp stamp, CancellationToken cancel)
    {
        var hold = await ends.FindHoldAsync(run, cancel);
        var isOver = hold.IsQueued || hold.IsLost;
        if (!isOver && stopped == run.Value.Properties)
        {
            // Asked before; its agent lives and is stopping.
            return true;
        }

        var (kept, writes) = isOver ? RunEnds.Cancel(run, hold, stamp.At)
            : (stopped, [DocumentWrite.Put(
                run.Key, run.Value with { Properties = stopped }, MoverJson.Wire.JobRun, DocumentCondition.Unchanged(run.Info))]);
        var job = definition.Value.Properties ?? new();
        writes.Add(DocumentWrite.Put(
            definition.Key,
            definition.Value with { Properties = job with { LatestJobRunStatus = kept.Status } },
            MoverJson.Wire.JobDefinition,
            DocumentCondition.Unchanged(definition.Info)));
        return (await documents.CommitAsync(writes, stamp, cancel)).Committed;
    }
}
