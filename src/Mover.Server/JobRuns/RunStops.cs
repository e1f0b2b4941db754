using System.Collections.Concurrent;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Server.Documents;
using Mover.State.Documents;

namespace Mover.Server.JobRuns;

/// <summary>
/// Stops what runs below a resource that is being deleted, and says when all of it has ended. The resource is marked before, so that
/// nothing is started there meanwhile. Thread-safe.
/// </summary>
internal sealed class RunStops(DocumentStore documents, JobStopper stopper, RunEnds ends, TimeProvider clock)
{
    /// <summary>
    /// How long a deletion waits for agents that live and do not end their runs; then it ends them, and the agents are refused. Those that
    /// do not live are not waited for longer than their lease.
    /// </summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, Waiting> _waiting = new(StringComparer.Ordinal);

    /// <summary>Asks every active run to stop; true when none is active any more. Called again until then.</summary>
    /// <param name="operation">Names the deletion.</param>
    /// <param name="target">What is being deleted: a definition, or what lies above definitions.</param>
    /// <param name="stamp">Who deletes, and when.</param>
    /// <param name="cancel">Stops between two runs.</param>
    public async Task<bool> StopBelowAsync(string operation, ResourceId target, WriteStamp stamp, CancellationToken cancel)
    {
        var before = _waiting.GetValueOrDefault(operation) ?? new(clock.GetTimestamp(), await FindAsync(target, cancel));
        var isForced = clock.GetElapsedTime(before.Since) >= WaitMax;
        var active = new List<ResourceId>();
        foreach (var definition in before.Definitions)
        {
            if (!await TryStopAsync(definition, isForced, stamp, cancel))
            {
                active.Add(definition);
            }
        }

        if (active.Count == 0)
        {
            _waiting.TryRemove(operation, out _);
            return true;
        }

        _waiting[operation] = before with { Definitions = active };
        return false;
    }

    private async Task<IReadOnlyList<ResourceId>> FindAsync(ResourceId target, CancellationToken cancel)
    {
        var found = new List<ResourceId>();
        if (Is(target))
        {
            found.Add(target);
        }

        await foreach (var entry in documents.ListBelowAsync(target, cancel))
        {
            if (ResourceId.TryParse(entry.Key, out var id) && Is(id))
            {
                found.Add(id);
            }
        }

        return found;

        static bool Is(ResourceId id) =>
            id.Type.Equals(ResourceTypes.JobDefinition, StringComparison.OrdinalIgnoreCase);
    }

    private async Task<bool> TryStopAsync(ResourceId definition, bool isForced, WriteStamp stamp, CancellationToken cancel)
    {
        if (await ActiveRunAsync(definition, cancel) is not { } run)
        {
            return true;
        }

        if (isForced)
        {
            await ends.EndAsync(run, stamp, cancel, isForced: true);
        }
        else
        {
            // A refusal says that it has ended meanwhile, which the next look tells.
            await stopper.StopAsync(definition, stamp, cancel);
        }

        return await ActiveRunAsync(definition, cancel) is null;
    }

    private async Task<ResourceId?> ActiveRunAsync(ResourceId definition, CancellationToken cancel)
    {
        var latest = (await documents.GetAsync(definition, MoverJson.Wire.JobDefinition, cancel))?.Value.Properties?.LatestJobRunResourceId;
        return ResourceId.TryParse(latest, out var run)
            && JobRunStatuses.IsActive((await documents.GetAsync(run, MoverJson.Wire.JobRun, cancel))?.Value.Properties?.Status)
                ? run
                : null;
    }

    private sealed record Waiting(long Since, IReadOnlyList<ResourceId> Definitions);
}
