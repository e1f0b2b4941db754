using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.JobRuns;

/// <summary>Where an active run is: in its agent's queue, with a process that gives signs of life, or with nobody.</summary>
internal sealed record RunHold(DocumentKey? Queue, DocumentInfo? Queued, DocumentKey? ClaimKey, DocumentInfo? Claim, DocumentInfo? Lease)
{
    /// <summary>Nobody has taken it yet.</summary>
    public bool IsQueued => Queued is not null;

    /// <summary>Its owner's lease has lapsed, or it has no owner although it is not queued.</summary>
    public bool IsLost => Queued is null && Lease is null;
}

/// <summary>
/// Ends runs that no agent ends: the control plane may do it when the owner's lease has lapsed. At once when somebody asked for it
/// (a stop, a reconcile), else after <see cref="LostAfter"/>. The end takes the claim away, so that an agent that comes back is refused
/// and stops.
/// </summary>
internal sealed partial class RunEnds(DocumentStore documents, RunClaims claims, ILogger<RunEnds> logger)
{
    /// <summary>
    /// How long a lapsed lease is waited for when nobody asked to stop the run. Far above any outage that an agent is expected to bridge by
    /// itself: it may be copying all that time.
    /// </summary>
    public static readonly TimeSpan LostAfter = TimeSpan.FromHours(2);

    /// <summary>The code of the warning of a run that was stopped without its agent.</summary>
    public const string StoppedCode = "StoppedWithoutAgent";

    /// <summary>Where a run is.</summary>
    public async Task<RunHold> FindHoldAsync(Document<JobRun> run, CancellationToken cancel)
    {
        if (!ResourceId.TryParse(run.Value.Properties?.AgentResourceId, out var agent))
        {
            return new(null, null, null, null, null);
        }

        var id = run.Key.Id;
        var entry = ActiveRun.KeyOf(agent, id);
        var queue = DocumentKey.Internal(QueuedRun.UnnumberedPlaceOf(agent, id.Name));
        var claim = RunClaim.KeyOf(agent, id);
        var lease = RunClaim.LeaseKeyOf(id);
        var read = await documents.ReadAsync([entry, queue, claim, lease], cancel);
        var queued = read.Info(queue);
        if (queued is null && read.Get(entry, RunsJson.Default.ActiveRun)?.Value.Queued is { } numbered)
        {
            queue = DocumentKey.Internal(numbered.Split('/'));
            queued = await documents.GetInfoAsync(queue, cancel);
        }

        return new(queue, queued, claim, read.Info(claim), read.Info(lease));
    }

    /// <summary>
    /// Ends an active run that is lost, or with <paramref name="isForced"/> wherever it is; false when it is over already or its agent has
    /// come back.
    /// </summary>
    /// <param name="id">The run.</param>
    /// <param name="stamp">Who ends it, and when.</param>
    /// <param name="cancel">Cancels before the commit.</param>
    /// <param name="isForced">The run has to end although its agent gives signs of life.</param>
    public async Task<bool> EndAsync(ResourceId id, WriteStamp stamp, CancellationToken cancel, bool isForced = false)
    {
        var rounds = documents.Rounds();
        do
        {
            var run = await documents.GetAsync(id, MoverJson.Wire.JobRun, cancel);
            if (run?.Value.Properties is not { } properties || !JobRunStatuses.IsActive(properties.Status))
            {
                return false;
            }

            var hold = await FindHoldAsync(run, cancel);
            if (!isForced && !hold.IsLost)
            {
                return false;
            }

            var (ended, writes) = isForced || WorkOrders.IsCancel(properties.Status)
                ? Cancel(run, hold, stamp.At)
                : End(run, hold, Lost(properties, stamp.At));
            if (await claims.DefinitionWriteAsync(id, ended.Status ?? string.Empty, cancel) is { } definition)
            {
                writes.Add(definition);
            }

            if ((await documents.CommitAsync(writes, stamp, cancel)).Committed)
            {
                Log.Ended(logger, id, ended.Status ?? string.Empty, properties.AgentName ?? string.Empty);
                return true;
            }
        }
        while (await rounds.NextAsync(cancel));

        throw new StateException(StateFault.Contended, $"Run '{id}' kept changing for {Rounds.Bound.TotalSeconds} s.");
    }

    /// <summary>
    /// A run that ends on request before any agent had it, or without the one that has it, and everything that is written for that; the
    /// definition is not among it.
    /// </summary>
    public static (JobRunProperties Ended, List<DocumentWrite> Writes) Cancel(Document<JobRun> run, RunHold hold, DateTimeOffset now)
    {
        var before = run.Value.Properties ?? new();
        var ended = before with { Status = JobRunStatuses.Canceled, LastStatusUpdate = now };
        return End(run, hold, hold.IsQueued ? ended : ended with
        {
            ExecutionEndTime = now,
            Warnings =
            [
                .. before.Warnings ?? [],
                new(
                    StoppedCode,
                    $"Agent '{before.AgentName}' did not confirm that it stopped, so the control plane ended the run. Files already "
                        + "copied stay at the target. Further reports of the agent for this run are rejected.",
                    before.AgentName),
            ],
        });
    }

    // All of it or nothing: an agent that takes the run, comes back or reports in between wins, and is looked at again.
    private static (JobRunProperties Ended, List<DocumentWrite> Writes) End(Document<JobRun> run, RunHold hold, JobRunProperties last)
    {
        var ended = Settled(last);
        List<DocumentWrite> writes =
        [
            DocumentWrite.Put(
                run.Key, run.Value with { Properties = ended }, MoverJson.Wire.JobRun, DocumentCondition.Unchanged(run.Info)),
            Take(RunClaim.LeaseKeyOf(run.Key.Id), hold.Lease),
            .. ActiveRun.Ends(run.Key.Id, last),
        ];
        if (hold is { Queue: { } queue, ClaimKey: { } claim })
        {
            writes.AddRange([Take(queue, hold.Queued), Take(claim, hold.Claim)]);
        }

        return (ended, writes);
    }

    // What was scanned and has no outcome by the agent's last report has failed; a run that never began has no counters.
    private static JobRunProperties Settled(JobRunProperties run) => run.ItemsScanned is null ? run : run with
    {
        ItemsFailed = run.ItemsScanned - (run.ItemsExcluded ?? 0) - (run.ItemsUnsupported ?? 0) - (run.ItemsNoTransferNeeded ?? 0)
            - (run.ItemsTransferred ?? 0),
        BytesFailed = (run.BytesScanned ?? 0) - (run.BytesExcluded ?? 0) - (run.BytesUnsupported ?? 0) - (run.BytesNoTransferNeeded ?? 0)
            - (run.BytesTransferred ?? 0),
    };

    private static DocumentWrite Take(DocumentKey key, DocumentInfo? found) => found is null
        ? DocumentWrite.Check(key, DocumentCondition.Absent)
        : DocumentWrite.Delete(key, DocumentCondition.Unchanged(found));

    private static JobRunProperties Lost(JobRunProperties run, DateTimeOffset now) => run with
    {
        Status = JobRunStatuses.Failed,
        LastStatusUpdate = now,
        ExecutionEndTime = now,
        Error = new(
            Core.Jobs.StatusCodes.ProgressNotSent.ToString(),
            $"Agent '{run.AgentName}' stopped reporting this run, so the control plane ended it. Files already copied stay at the "
                + "target. Start the agent or assign another one to the job definition, then start the job again to copy the rest.",
            run.AgentName),
    };

    private static partial class Log
    {
        [LoggerMessage(4141, LogLevel.Warning, "Ended run {RunId} as {Status} without its agent {AgentName}.")]
        public static partial void Ended(ILogger logger, ResourceId runId, string status, string agentName);
    }
}
