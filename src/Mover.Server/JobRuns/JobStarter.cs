using System.Text.Json.Serialization.Metadata;
using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.Documents;
using Mover.State.Documents;

namespace Mover.Server.JobRuns;

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
    public Task<Result<ResourceId>> StartAsync(
        ResourceId id, WriteStamp stamp, DateTimeOffset? due, CancellationToken cancel, DocumentWrite? with = null,
        JobRun? retryOf = null) =>
        MakeAsync(id, new(due, with, retryOf), stamp, cancel);

    /// <summary>
    /// Makes a run again that was started in a state whose end is lost, under the name that it had: queued, or with
    /// <paramref name="ended"/> over, and then whatever else of its definition is active. Changes nothing when it is there.
    /// </summary>
    public Task<Result<ResourceId>> RemakeAsync(
        ResourceId run, Guid name, Func<JobRun, JobRun>? ended, WriteStamp stamp, CancellationToken cancel) =>
        MakeAsync(run.Parent, new(null, null, null) { Name = name, Ended = ended }, stamp, cancel);

    private async Task<Result<ResourceId>> MakeAsync(ResourceId id, Wish wish, WriteStamp stamp, CancellationToken cancel)
    {
        var mover = JobDefinitionRules.MoverOf(id);
        var rounds = documents.Rounds();
        do
        {
            var read = await documents.ReadAsync([id, id.Parent, mover, mover.Parent], cancel);
            if (read.Get(id, MoverJson.Wire.JobDefinition) is not { } definition)
            {
                if (await reads.RequireAsync(id, cancel) is { } missing)
                {
                    return missing;
                }

                continue;
            }

            var (checks, gone) = await ParentsAsync(id, mover, read, cancel);
            if (wish.With is { } with)
            {
                checks.Add(with);
            }

            if (gone is not null || definition.Value.Properties?.ProvisioningState == ProvisioningStates.Deleting)
            {
                return gone ?? ArmErrors.BeingDeleted(id);
            }

            // The stored id has the casing of the last PUT; answers keep it.
            var own = definition.Key.Id;
            var name = wish.Name ?? (wish.Due is { } at ? ScheduledRunName.Of(definition.Info, at) : Guid.NewGuid());
            if ((wish.Name is not null || wish.Due is not null)
                && await documents.GetInfoAsync(own.Child(JobRun.Described, name.ToString()), cancel) is { Key.Id: var there })
            {
                // What is due was started by a clock that ran ahead, or in a region that is lost: only the mark is behind.
                if (wish.With is not null)
                {
                    await documents.CommitAsync(
                        [.. checks, DocumentWrite.Check(own, DocumentCondition.Unchanged(definition.Info))], stamp, cancel);
                }

                return there;
            }

            var job = definition.Value.Properties ?? new();
            var used = ActiveRun.UsedBy(own, job);
            var sides = await documents.ReadAsync(
                [.. used.Select(DocumentKey.Of), .. used.Select(StartMark.KeyOf)], cancel);
            var source = Get(sides, mover, StorageEndpoint.Described, job.SourceName);
            var target = Get(sides, mover, StorageEndpoint.Described, job.TargetName);
            var agent = Get(sides, mover, MoverAgent.Described, job.AgentName);
            var decided = wish.Ended is null
                ? JobStarts.Start(
                    own, definition.Value, source?.Value, target?.Value, agent?.Value, name, stamp.At, wish.Due, wish.RetryOf)
                : JobStarts.Make(own, definition.Value, source?.Value, target?.Value, agent?.Value, name, stamp.At);
            if (!decided.Try(out var start, out var refusal))
            {
                return refusal;
            }

            if (FirstDeleted(used, sides) is { } deleted)
            {
                return ArmErrors.BeingDeleted(deleted);
            }

            if (wish.Ended is { } ended)
            {
                if (await RecordAsync(start, definition, checks, ended, stamp, cancel) is { } recorded)
                {
                    return recorded;
                }
            }
            else if (agent is not null
                && await CommitAsync(start, definition, [.. checks, .. Uses(start, own, used, sides, agent)], stamp, cancel) is { } run)
            {
                return run;
            }
        }
        while (await rounds.NextAsync(cancel));

        return ArmErrors.Contended(id);
    }

    private async Task<ResourceId?> CommitAsync(
        JobStart start, Document<JobDefinition> definition, IReadOnlyList<DocumentWrite> with, WriteStamp stamp, CancellationToken cancel)
    {
        var run = definition.Key.Id.Child(JobRun.Described, start.Run.Name ?? string.Empty);
        var commit = await documents.CommitAsync(
            [
                DocumentWrite.Put(run, start.Run, MoverJson.Wire.JobRun, DocumentCondition.Absent),
                DocumentWrite.Put(
                    definition.Key, start.Definition, MoverJson.Wire.JobDefinition, DocumentCondition.Unchanged(definition.Info)),
                .. with,
            ],
            stamp,
            cancel);
        return commit.Committed ? run : null;
    }

    // A run that is over: nobody is given it, and nothing waits for it.
    private async Task<ResourceId?> RecordAsync(
        JobStart start, Document<JobDefinition> definition, IReadOnlyList<DocumentWrite> with, Func<JobRun, JobRun> ended, WriteStamp stamp,
        CancellationToken cancel)
    {
        var (id, run) = (definition.Key.Id.Child(JobRun.Described, start.Run.Name ?? string.Empty), ended(start.Run));
        var commit = await documents.CommitAsync(
            [
                DocumentWrite.Put(id, run, MoverJson.Wire.JobRun, DocumentCondition.Absent),
                await IsLatestAsync(definition.Value.Properties, run, cancel)
                    ? DocumentWrite.Put(
                        definition.Key,
                        start.Definition with
                        {
                            Properties = start.Definition.Properties is { } job
                                ? job with { LatestJobRunStatus = run.Properties?.Status }
                                : null,
                        },
                        MoverJson.Wire.JobDefinition,
                        DocumentCondition.Unchanged(definition.Info))
                    : DocumentWrite.Check(definition.Key, DocumentCondition.Unchanged(definition.Info)),
                .. with,
            ],
            stamp,
            cancel);
        return commit.Committed ? id : null;
    }

    private async Task<bool> IsLatestAsync(JobDefinitionProperties? job, JobRun run, CancellationToken cancel) =>
        !ResourceId.TryParse(job?.LatestJobRunResourceId, out var latest)
        || await documents.GetAsync(latest, MoverJson.Wire.JobRun, cancel) is not { Value.Properties: { } other }
        || (JobRunStatuses.IsTerminal(other.Status) && other.LastStatusUpdate < run.Properties?.ExecutionEndTime);

    // The run in its agent's queue and in the index of what it uses. All of that stays as it was read until the commit, and the marks tell
    // a deletion that looked before.
    private static IEnumerable<DocumentWrite> Uses(
        JobStart start, ResourceId definition, IReadOnlyList<ResourceId> used, DocumentsRead sides, Document<MoverAgent> agent)
    {
        var run = definition.Child(JobRun.Described, start.Run.Name ?? string.Empty);
        var number = StartMark.Next(sides.Get(StartMark.KeyOf(agent.Key.Id), RunsJson.Default.StartMark));
        var queued = DocumentKey.Internal(QueuedRun.PlaceOf(agent.Key.Id, number, run.Name));
        yield return DocumentWrite.Put(queued, start.Queued, MoverJson.Wire.QueuedRun, DocumentCondition.Absent);
        foreach (var id in used.Where(id => sides.Info(id) is not null))
        {
            yield return DocumentWrite.Check(id, DocumentCondition.AsRead(sides.Info(id)));
            yield return StartMark.Write(id, sides.Get(StartMark.KeyOf(id), RunsJson.Default.StartMark), run.Name);
            yield return ActiveRun.Write(id, run, queued, DocumentCondition.Absent);
        }
    }

    private static ResourceId? FirstDeleted(IReadOnlyList<ResourceId> used, DocumentsRead sides)
    {
        foreach (var id in used)
        {
            if (sides.Get(id, DocumentsJson.Default.AnyResource) is { Value.IsDeleting: true })
            {
                return id;
            }
        }

        return null;
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

    private static Document<T>? Get<T>(DocumentsRead sides, ResourceId mover, ResourceType<T> type, string? name)
        where T : ArmResource => string.IsNullOrEmpty(name) ? null : sides.Get(mover.Child(type, name), type.Json);

    /// <summary>What is wanted of a run.</summary>
    private sealed record Wish(DateTimeOffset? Due, DocumentWrite? With, JobRun? RetryOf)
    {
        public Guid? Name { get; init; }

        public Func<JobRun, JobRun>? Ended { get; init; }
    }
}
