using System.Text.Json.Serialization.Metadata;
using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.Documents;
using Mover.Server.JobRuns;
using Mover.State.Documents;

namespace Mover.Server.JobDefinitions;

/// <summary>Starts jobs: run, definition and queue entry in one commit, so that one definition never has two active runs.</summary>
internal sealed class JobStarter(DocumentStore documents, ArmReads reads)
{
    private const int AttemptsMax = 32;

    /// <summary>The new run's id, or why there is none.</summary>
    /// <param name="id">The definition.</param>
    /// <param name="stamp">Who asked, and when.</param>
    /// <param name="due">When a scheduled run was due; null for a start by hand.</param>
    /// <param name="cancel">Cancels before the commit.</param>
    /// <param name="with">A write that belongs into the same commit; null for none.</param>
    /// <param name="retryOf">The run whose failed items alone are tried again; null for a run of everything.</param>
    public async Task<Result<ResourceId>> StartAsync(
        ResourceId id, WriteStamp stamp, DateTimeOffset? due, CancellationToken cancel, DocumentWrite? with = null, JobRun? retryOf = null)
    {
        var name = Guid.NewGuid();
        var mover = JobDefinitionRules.MoverOf(id);
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            var found = await reads.FindAsync(id, Shapes.JobDefinition.Json, cancel);
            if (!found.Try(out var definition, out var refusal))
            {
                return refusal;
            }

            var (checks, gone) = await ParentsAsync(id, mover, cancel);
            if (with is not null)
            {
                checks.Add(with);
            }

            if (gone is not null || definition.Value.Properties?.ProvisioningState == ProvisioningStates.Deleting)
            {
                return gone ?? ArmErrors.BeingDeleted(id);
            }

            // The stored id has the casing of the last PUT; answers keep it.
            var own = definition.Key.Id;
            var job = definition.Value.Properties ?? new();
            var source = await ChildAsync(mover, "endpoints", job.SourceName, Shapes.StorageEndpoint.Json, cancel);
            var target = await ChildAsync(mover, "endpoints", job.TargetName, Shapes.StorageEndpoint.Json, cancel);
            var agent = await ChildAsync(mover, "agents", job.AgentName, Shapes.Agent.Json, cancel);
            var decided = JobStarts.Start(own, definition.Value, source?.Value, target?.Value, agent?.Value, name, stamp.At, due, retryOf);
            if (!decided.Try(out var start, out refusal))
            {
                return refusal;
            }

            if (agent is not null && await CommitAsync(start, definition, agent, checks, stamp, cancel) is { } run)
            {
                return run;
            }
        }

        return ArmErrors.Contended(id);
    }

    private async Task<ResourceId?> CommitAsync(
        JobStart start, Document<JobDefinition> definition, Document<MoverAgent> agent, IReadOnlyList<DocumentWrite> checks,
            WriteStamp stamp, CancellationToken cancel)
    {
        var run = definition.Key.Id.Child("jobRuns", start.Run.Name ?? string.Empty);
        var commit = await documents.CommitAsync(
            [
                DocumentWrite.Put(run, start.Run, Shapes.JobRun.Json, DocumentCondition.Absent),
                DocumentWrite.Put(definition.Key, start.Definition, Shapes.JobDefinition.Json, DocumentCondition.Match(definition.ETag)),
                DocumentWrite.Put(
                    DocumentKey.Internal(QueuedRun.PlaceOf(agent.Key.Id, run.Name)), start.Queued, MoverJson.Wire.QueuedRun,
                        DocumentCondition.Absent),
                DocumentWrite.Check(agent.Key, DocumentCondition.Match(agent.ETag)),
                StartMark.Of(JobDefinitionRules.MoverOf(definition.Key.Id), run.Name),
                .. checks,
            ],
            stamp,
            cancel);
        return commit.Committed ? run : null;
    }

    // Project, storage mover and group must be there, not be on their way out, and stay so until the commit.
    private async Task<(List<DocumentWrite> Checks, ArmError? Gone)> ParentsAsync(ResourceId id, ResourceId mover,
        CancellationToken cancel)
    {
        var checks = new List<DocumentWrite>();
        foreach (var parent in new[] { id.Parent, mover, mover.Parent })
        {
            var found = await reads.FindAsync(parent, ServerJson.Default.AnyResource, cancel);
            if (!found.Try(out var document, out var missing))
            {
                return (checks, missing);
            }

            if (document.Value.IsDeleting)
            {
                return (checks, ArmErrors.BeingDeleted(parent));
            }

            checks.Add(DocumentWrite.Check(parent, DocumentCondition.Match(document.ETag)));
        }

        return (checks, null);
    }

    private async Task<Document<T>?> ChildAsync<T>(ResourceId mover, string type, string? name, JsonTypeInfo<T> json,
        CancellationToken cancel) =>
        string.IsNullOrEmpty(name) ? null : await documents.GetAsync(mover.Child(type, name), json, cancel);
}
