using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.JobRuns;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Backups;

/// <summary>
/// Makes the indexes right where a check found them wrong, as after a program that does not know them wrote to the store. Each entry
/// changes on condition that what it is about is still as it was read, so servers may use the store meanwhile.
/// </summary>
public static class IndexRepair
{
    private const int RoundsMax = 10;
    private const int QueuePage = 200;

    /// <summary>Repairs; answers how many entries were written or deleted, and what a check finds afterwards.</summary>
    public static async Task<(long Repaired, StateChecked After)> RunAsync(
        StatePlace place, TimeProvider clock, ILoggerFactory loggers, CancellationToken cancel)
    {
        // The check comes first: it refuses what is no whole state before anything is opened for writing.
        var found = await StateCheck.OfStoreAsync(place, clock, loggers, cancel);
        await using var store = await place.OpenServedAsync(clock, loggers, cancel);
        var documents = new DocumentStore(store, clock);
        var repaired = 0L;
        for (var round = 0; round < RoundsMax && found.Problems.Any(problem => problem.IsIndex); round++)
        {
            foreach (var problem in found.Problems.Where(problem => problem.IsIndex))
            {
                var writes = await WritesAsync(documents, problem, clock.GetUtcNow(), cancel);
                if (writes.Count > 0 && (await documents.CommitAsync(writes, StateMove.Stamp(clock), cancel)).Committed)
                {
                    repaired++;
                }
            }

            await using var now = await place.ReadAsync(clock, loggers, cancel);
            found = await StateCheck.OfAsync(now, cancel);
        }

        return (repaired, found);
    }

    private static Task<IReadOnlyList<DocumentWrite>> WritesAsync(
        DocumentStore documents, StateProblem problem, DateTimeOffset now, CancellationToken cancel)
    {
        var key = DocumentKey.Internal(problem.Key.Split('/'));
        return (problem.Key[..problem.Key.IndexOf('/', StringComparison.Ordinal)], ResourceId.TryParse(problem.Resource, out var about))
            switch
            {
                ("scheduled", true) => ScheduledAsync(documents, key, about, cancel),
                ("active", true) => ActiveAsync(documents, key, about, cancel),
                ("queue", true) => QueuedAsync(documents, key, about, now, cancel),
                _ => GoneAsync(documents, key, cancel),
            };
    }

    private static async Task<IReadOnlyList<DocumentWrite>> ScheduledAsync(
        DocumentStore documents, DocumentKey key, ResourceId id, CancellationToken cancel)
    {
        var definition = await documents.GetAsync(id, MoverJson.Wire.JobDefinition, cancel);
        var check = DocumentWrite.Check(id, DocumentCondition.AsRead(definition?.Info));
        return definition is not null && definition.Value.Properties?.ProvisioningState != ProvisioningStates.Deleting
            && ScheduledJob.Change(definition.Key.Id, null, definition.Value) is { } write
                ? [check, write]
                : [check, DocumentWrite.Delete(key)];
    }

    private static async Task<IReadOnlyList<DocumentWrite>> ActiveAsync(
        DocumentStore documents, DocumentKey key, ResourceId id, CancellationToken cancel)
    {
        var run = await documents.GetAsync(id, MoverJson.Wire.JobRun, cancel);
        var check = DocumentWrite.Check(id, DocumentCondition.AsRead(run?.Info));
        var used = run?.Value.Properties is { } properties && JobRunStatuses.IsActive(properties.Status)
            ? ActiveRun.UsedBy(run.Key.Id, properties).FirstOrDefault(used => ActiveRun.KeyOf(used, run.Key.Id).Equals(key))
            : default;
        return run is not null && used.Key is { Length: > 0 }
            ? [check, ActiveRun.Write(used, run.Key.Id, await QueueKeyAsync(documents, run, cancel))]
            : [check, DocumentWrite.Delete(key)];
    }

    // One that is missing is made in the form without a number, which is given out first.
    private static async Task<IReadOnlyList<DocumentWrite>> QueuedAsync(
        DocumentStore documents, DocumentKey key, ResourceId id, DateTimeOffset now, CancellationToken cancel)
    {
        var run = await documents.GetAsync(id, MoverJson.Wire.JobRun, cancel);
        var check = DocumentWrite.Check(id, DocumentCondition.AsRead(run?.Info));
        if (run?.Value.Properties is not { Status: JobRunStatuses.Queued } properties
            || !ResourceId.TryParse(properties.AgentResourceId, out var agent)
            || await documents.GetInfoAsync(key, cancel) is not null)
        {
            return [check, DocumentWrite.Delete(key)];
        }

        var queued = DocumentKey.Internal(QueuedRun.UnnumberedPlaceOf(agent, id.Name));
        return
        [
            check,
            DocumentWrite.Put(
                queued, new QueuedRun(run.Key.Text, agent.Text, properties.ScheduledExecutionTime ?? now), MoverJson.Wire.QueuedRun,
                DocumentCondition.Absent),
        ];
    }

    private static async Task<IReadOnlyList<DocumentWrite>> GoneAsync(DocumentStore documents, DocumentKey key, CancellationToken cancel) =>
        await documents.GetInfoAsync(key, cancel) is { } info ? [DocumentWrite.Delete(key, DocumentCondition.Unchanged(info))] : [];

    private static async Task<DocumentKey?> QueueKeyAsync(DocumentStore documents, Document<JobRun> run, CancellationToken cancel)
    {
        if (run.Value.Properties?.Status != JobRunStatuses.Queued
            || !ResourceId.TryParse(run.Value.Properties.AgentResourceId, out var agent))
        {
            return null;
        }

        string? after = null;
        do
        {
            var page = await documents.ListInternalAsync(
                DocumentKey.Internal(QueuedRun.PlaceOf(agent)), MoverJson.Wire.QueuedRun, after, QueuePage, cancel, _ => { });
            if (page.Documents.FirstOrDefault(one => ArmCase.Same(one.Value.RunId, run.Key.Text)) is { } found)
            {
                return QueuedRun.IsNumbered(found.Key.Stored) ? found.Key : null;
            }

            after = page.Next;
        }
        while (after is not null);
        return null;
    }
}
