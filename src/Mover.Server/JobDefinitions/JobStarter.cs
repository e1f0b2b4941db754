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
        var rounds = documents.Rounds();
        do
        {
            var read = await documents.ReadAsync([id, id.Parent, mover, mover.Parent], cancel);
            if (read.Get(id, Shapes.JobDefinition.Json) is not { } definition)
            {
                if (await reads.RequireAsync(id, cancel) is { } missing)
                {
                    return missing;
                }

                continue;
            }

            var (checks, gone) = await ParentsAsync(id, mover, read, cancel);
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
            var (sourceKey, targetKey, agentKey) =
                (Child(mover, "endpoints", job.SourceName), Child(mover, "endpoints", job.TargetName),
                    Child(mover, "agents", job.AgentName));
            var sides = await documents.ReadAsync([.. Keys(sourceKey, targetKey, agentKey)], cancel);
            var source = sourceKey is not { } sourceId ? null : sides.Get(sourceId, Shapes.StorageEndpoint.Json);
            var target = targetKey is not { } targetId ? null : sides.Get(targetId, Shapes.StorageEndpoint.Json);
            var agent = agentKey is not { } agentId ? null : sides.Get(agentId, Shapes.Agent.Json);
            var decided = JobStarts.Start(own, definition.Value, source?.Value, target?.Value, agent?.Value, name, stamp.At, due, retryOf);
            if (!decided.Try(out var start, out var refusal))
            {
                return refusal;
            }

            if (agent is not null && await CommitAsync(start, definition, agent, checks, stamp, cancel) is { } run)
            {
                return run;
            }
        }
        while (await rounds.NextAsync(cancel));

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
                DocumentWrite.Put(
                    definition.Key, start.Definition, Shapes.JobDefinition.Json, DocumentCondition.Unchanged(definition.Info)),
                DocumentWrite.Put(
                    DocumentKey.Internal(QueuedRun.PlaceOf(agent.Key.Id, run.Name)), start.Queued, MoverJson.Wire.QueuedRun,
                        DocumentCondition.Absent),
                DocumentWrite.Check(agent.Key, DocumentCondition.Unchanged(agent.Info)),
                StartMark.Of(JobDefinitionRules.MoverOf(definition.Key.Id), run.Name),
                .. checks,
            ],
            stamp,
            cancel);
        return commit.Committed ? run : null;
    }

    // Project, storage mover and group must be there, not be on their way out, and stay so until the commit.
    private async Task<(List<DocumentWrite> Checks, ArmError? Gone)> ParentsAsync(
        ResourceId id, ResourceId mover, DocumentsRead read, CancellationToken cancel)
    {
        var checks = new List<DocumentWrite>();
        foreach (var parent in new[] { id.Parent, mover, mover.Parent })
        {
            var alive = await reads.AliveAmongAsync(read, parent, cancel);
            if (!alive.Try(out var check, out var refusal))
            {
                return (checks, refusal);
            }

            checks.Add(check);
        }

        return (checks, null);
    }

    private static DocumentKey? Child(ResourceId mover, string type, string? name) =>
        string.IsNullOrEmpty(name) ? null : DocumentKey.Of(mover.Child(type, name));

    private static IEnumerable<DocumentKey> Keys(params DocumentKey?[] keys) => keys.OfType<DocumentKey>();
}
