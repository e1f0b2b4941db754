using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.JobRuns;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Scheduling;

/// <summary>How far the indexes of a store from before them are made.</summary>
/// <param name="Version">What is being made, or is there.</param>
/// <param name="After">The last key that was looked at; null when everything was.</param>
internal sealed record JobIndexVersion(int Version, string? After);

/// <summary>
/// Makes the indexes of schedules and of active runs in a store that has none, once, before the server works. Goes over the keys page by
/// page and writes how far it is with each page: one that is killed goes on there, and of several instances each page is some instance's.
/// </summary>
internal sealed partial class JobIndexes(
    IStateStore store, DocumentStore documents, RunClaims claims, ILogger<JobIndexes> logger) : IHostedService
{
    /// <summary>The version of the indexes that this program keeps.</summary>
    public const int Version = 1;

    private const string Prefix = "/subscriptions/";

    /// <summary>Definitions of one commit: each is up to two conditions and the entries of what a run uses.</summary>
    private const int Batch = 6;

    private static readonly string Level = $"/{ArmCase.Lower(JobDefinition.Described.Collection)}/";

    /// <summary>Where the version is kept.</summary>
    public static readonly DocumentKey Key = DocumentKey.Internal("indexes", "jobs");

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var made = 0;
        while (await documents.GetAsync(Key, SchedulingJson.Default.JobIndexVersion, cancellationToken) is var found
            && found?.Value is not { Version: >= Version, After: null })
        {
            made += await DoPageAsync(found, cancellationToken);
        }

        if (made > 0)
        {
            Log.Made(logger, made);
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<int> DoPageAsync(Document<JobIndexVersion>? found, CancellationToken cancel)
    {
        var after = found?.Value is { Version: Version } begun ? begun.After : null;
        var page = await store.ListAsync(Prefix, after, StateLimits.PageEntriesMax, keysOnly: true, cancel);
        var made = 0;
        foreach (var batch in page.Entries.Select(entry => entry.Key).Where(IsDefinition).Chunk(Batch))
        {
            made += await DoAsync(batch, cancel);
        }

        // Another instance that wrote the place first has done this page, too.
        var next = new JobIndexVersion(Version, page.HasMore ? page.Entries[^1].Key : null);
        await documents.CommitAsync(
            [DocumentWrite.Put(Key, next, SchedulingJson.Default.JobIndexVersion, DocumentCondition.AsRead(found?.Info))],
            claims.Stamp(routine: true),
            cancel);
        return made;
    }

    private async Task<int> DoAsync(string[] keys, CancellationToken cancel)
    {
        var rounds = documents.Rounds();
        do
        {
            var writes = new List<DocumentWrite>();
            foreach (var key in keys)
            {
                await AddAsync(key, writes, cancel);
            }

            if (writes.Count == 0 || (await documents.CommitAsync(writes, claims.Stamp(routine: true), cancel)).Committed)
            {
                return writes.Count;
            }
        }
        while (await rounds.NextAsync(cancel));

        throw new StateException(StateFault.Contended, $"'{keys[0]}' kept changing while its index was being built; restart the server.");
    }

    // What is being deleted takes its index along, and gets none here that would stay behind.
    private async Task AddAsync(string key, List<DocumentWrite> writes, CancellationToken cancel)
    {
        try
        {
            if (!ResourceId.TryParse(key, out var place)
                || await documents.GetAsync(place, MoverJson.Wire.JobDefinition, cancel) is not { Value.Properties: { } job } definition
                || job.ProvisioningState == ProvisioningStates.Deleting)
            {
                return;
            }

            var id = definition.Key.Id;
            if (ScheduledJob.Change(id, null, definition.Value) is { } scheduled)
            {
                writes.AddRange([DocumentWrite.Check(id, DocumentCondition.Unchanged(definition.Info)), scheduled]);
            }

            if (JobRunStatuses.IsActive(job.LatestJobRunStatus) && ResourceId.TryParse(job.LatestJobRunResourceId, out var runId)
                && await documents.GetAsync(runId, MoverJson.Wire.JobRun, cancel) is { Value.Properties: { } properties } run
                && JobRunStatuses.IsActive(properties.Status))
            {
                writes.Add(DocumentWrite.Check(runId, DocumentCondition.Unchanged(run.Info)));
                foreach (var used in ActiveRun.UsedBy(runId, properties))
                {
                    // One that is there names its queue entry.
                    if (await documents.GetInfoAsync(ActiveRun.KeyOf(used, runId), cancel) is null)
                    {
                        writes.Add(ActiveRun.Write(used, runId, queued: null, DocumentCondition.Absent));
                    }
                }
            }
        }
        catch (StateException fault) when (fault.Fault == StateFault.Damaged)
        {
            Log.Passed(logger, fault.Message);
        }
    }

    private static bool IsDefinition(string key)
    {
        var at = key.LastIndexOf(Level, StringComparison.Ordinal);
        return at >= 0 && key.IndexOf('/', at + Level.Length) < 0;
    }

    private static partial class Log
    {
        [LoggerMessage(4151, LogLevel.Information, "Built the indexes of schedules and active runs: {Entries} entries.")]
        public static partial void Made(ILogger logger, int entries);

        [LoggerMessage(4152, LogLevel.Error, "Left a damaged job definition out of the indexes. {Damage}")]
        public static partial void Passed(ILogger logger, string damage);
    }
}
