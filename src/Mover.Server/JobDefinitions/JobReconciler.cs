using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Server.Documents;
using Mover.Server.JobRuns;
using Mover.State.Documents;

namespace Mover.Server.JobDefinitions;

/// <summary>What a reconcile did.</summary>
internal enum ReconcileResult
{
    /// <summary>Everything agrees; the run waits for its agent or its agent works on it.</summary>
    NothingToDo,

    /// <summary>The definition shows the run's status again.</summary>
    DefinitionCorrected,

    /// <summary>The run waits in its agent's queue again.</summary>
    RunQueuedAgain,

    /// <summary>The run's agent is lost; the run has ended and the definition is free.</summary>
    LostRunEnded,
}

/// <summary>
/// Brings a definition, its latest run and the agent's queue into agreement, and ends a run whose agent's lease has lapsed. The first are
/// written in one commit, so there is nothing to do unless a state was restored or edited by hand: then the run's own status counts, and a
/// run that waits for its agent is queued again. What an agent has done reconciles by itself, from its journal.
/// </summary>
internal sealed class JobReconciler(DocumentStore documents, ArmReads reads, RunEnds ends)
{
    /// <summary>The run that was looked at and what was done, or why there is none.</summary>
    public async Task<Result<(ResourceId Run, ReconcileResult Did)>> ReconcileAsync(
        ResourceId id, WriteStamp stamp, CancellationToken cancel)
    {
        var rounds = documents.Rounds();
        do
        {
            var found = await reads.FindAsync(id, MoverJson.Wire.JobDefinition, cancel);
            if (!found.Try(out var definition, out var refusal))
            {
                return refusal;
            }

            var job = definition.Value.Properties ?? new();
            if (!ResourceId.TryParse(job.LatestJobRunResourceId, out var runId)
                || await documents.GetAsync(runId, MoverJson.Wire.JobRun, cancel) is not { Value.Properties: { } run } kept
                || !(JobRunStatuses.IsActive(run.Status) || JobRunStatuses.IsActive(job.LatestJobRunStatus)))
            {
                return ArmErrors.JobIsNotRunning(id);
            }

            var (did, writes) = await MissingAsync(definition, kept, run, stamp, cancel);
            if (writes.Count > 0
                && !(await documents.CommitAsync([.. writes, DocumentWrite.Check(kept.Key, DocumentCondition.Unchanged(kept.Info))], stamp,
                    cancel)).Committed)
            {
                continue;
            }

            // What was queued again waits for its agent; of the others, one that nobody works on is over.
            var isOver = did != ReconcileResult.RunQueuedAgain && await ends.EndAsync(runId, stamp, cancel);
            return (runId, isOver ? ReconcileResult.LostRunEnded : did);
        }
        while (await rounds.NextAsync(cancel));

        return ArmErrors.Contended(id);
    }

    private async Task<(ReconcileResult Did, List<DocumentWrite> Writes)> MissingAsync(
        Document<JobDefinition> definition, Document<JobRun> kept, JobRunProperties run, WriteStamp stamp, CancellationToken cancel)
    {
        var writes = new List<DocumentWrite>();
        var did = ReconcileResult.NothingToDo;
        var job = definition.Value.Properties ?? new();
        if (job.LatestJobRunStatus != run.Status)
        {
            did = ReconcileResult.DefinitionCorrected;
            writes.Add(DocumentWrite.Put(
                definition.Key, definition.Value with { Properties = job with { LatestJobRunStatus = run.Status } },
                MoverJson.Wire.JobDefinition, DocumentCondition.Unchanged(definition.Info)));
        }

        if (run.Status == JobRunStatuses.Queued && ResourceId.TryParse(run.AgentResourceId, out var agent))
        {
            var id = kept.Key.Id;
            if (await ends.FindHoldAsync(kept, cancel) is { Queued: null, Claim: null })
            {
                did = ReconcileResult.RunQueuedAgain;
                var mark = await documents.GetAsync(StartMark.KeyOf(agent), RunsJson.Default.StartMark, cancel);
                var queued = DocumentKey.Internal(QueuedRun.PlaceOf(agent, StartMark.Next(mark), id.Name));
                writes.Add(DocumentWrite.Put(
                    queued, new QueuedRun(id.Text, agent.Text, stamp.At), MoverJson.Wire.QueuedRun, DocumentCondition.Absent));
                writes.Add(StartMark.Write(agent, mark, id.Name));
                writes.Add(ActiveRun.Write(agent, id, queued));
            }
        }

        return (did, writes);
    }
}
