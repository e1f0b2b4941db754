using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Server.Documents;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.JobRuns;

/// <summary>
/// Gives runs to their agents. A run belongs to the agent it names; what changes is the process that owns it, and each claim raises the
/// epoch.
/// </summary>
internal sealed partial class RunClaims(
    DocumentStore documents, IStateStore store, StorePast past, TimeProvider clock, ILogger<RunClaims> logger)
{
    private const int PageMax = 200;

    /// <summary>
    /// One run for the agent to work on, or none: what it asks back first, then what nobody holds any more, then the queue.
    /// </summary>
    public async Task<WorkAnswer> FindWorkAsync(ResourceId agent, WorkRequest request, CancellationToken cancel)
    {
        var ended = new List<string>();
        foreach (var text in request.Reclaim)
        {
            if (!ChannelRules.TryReadRun(text, out var run) || await FindRunAsync(agent, run, cancel) is not { } found)
            {
                ended.Add(text);
            }
            else if (await TakeAsync(agent, found, request.Instance, cancel) is { } order)
            {
                return new() { Order = order, Ended = ended };
            }
        }

        var work = await FindAbandonedAsync(agent, request, cancel) ?? await FindQueuedAsync(agent, request, cancel);
        return new() { Order = work, Ended = ended };
    }

    /// <summary>The claim of a run; null when nobody has it.</summary>
    public async ValueTask<Document<RunClaim>?> FindAsync(ResourceId agent, ResourceId run, CancellationToken cancel) =>
        Held(await documents.GetAsync(RunClaim.KeyOf(agent, run), RunsJson.Default.RunClaim, cancel));

    /// <summary>A run with its claim and its definition, at one moment.</summary>
    public async ValueTask<RunRead> ReadAsync(ResourceId agent, ResourceId run, CancellationToken cancel)
    {
        var claim = RunClaim.KeyOf(agent, run);
        var read = await documents.ReadAsync([run, claim, run.Parent], cancel);
        return new(
            read.Get(run, MoverJson.Wire.JobRun),
            Held(read.Get(claim, RunsJson.Default.RunClaim)),
            read.Get(run.Parent, MoverJson.Wire.JobDefinition));
    }

    /// <summary>
    /// Keeps the lease of a claim, or takes a new one when it lapsed while the control plane was away and nobody else claimed the run.
    /// Answers whether the claim was written anew.
    /// </summary>
    public async Task<bool> KeepAsync(ResourceId agent, Document<RunClaim> claim, CancellationToken cancel)
    {
        if (await store.KeepLeaseAsync(claim.Value.LeaseId, cancel) || !ResourceId.TryParse(claim.Value.RunId, out var run))
        {
            return false;
        }

        var lease = await store.GrantLeaseAsync(AgentChannelLimits.RunLease, cancel);
        var commit = await documents.CommitAsync(
            [
                DocumentWrite.Check(run, DocumentCondition.Exists),
                DocumentWrite.Put(
                    RunClaim.KeyOf(agent, run), claim.Value with { LeaseId = lease }, RunsJson.Default.RunClaim,
                        DocumentCondition.Unchanged(claim.Info)),
                DocumentWrite.Put(RunClaim.LeaseKeyOf(run), new(claim.Value.RunId, claim.Value.Epoch),
                    RunsJson.Default.RunLease, default, lease),
            ],
            Stamp(routine: true),
            cancel);
        if (!commit.Committed)
        {
            await store.RevokeLeaseAsync(lease, cancel);
        }

        return true;
    }

    /// <summary>The write that shows a run's status on its definition; null when the definition is gone or has a later run.</summary>
    public async Task<DocumentWrite?> DefinitionWriteAsync(ResourceId run, string status, CancellationToken cancel) =>
        DefinitionWrite(run, await documents.GetAsync(run.Parent, MoverJson.Wire.JobDefinition, cancel), status);

    /// <summary>As above, of a definition that was read.</summary>
    public static DocumentWrite? DefinitionWrite(ResourceId run, Document<JobDefinition>? found, string status)
    {
        var definition = run.Parent;
        return found?.Value.Properties is { } properties
            && ArmCase.Same(properties.LatestJobRunResourceId, run.Text)
            && properties.LatestJobRunStatus != status
                ? DocumentWrite.Put(
                    definition,
                    found.Value with { Properties = properties with { LatestJobRunStatus = status } },
                    MoverJson.Wire.JobDefinition,
                    DocumentCondition.Unchanged(found.Info))
                : null;
    }

    /// <summary>The stamp of what the control plane writes by itself.</summary>
    public WriteStamp Stamp(bool routine) =>
        new(Arm.Caller.Service.Name, Arm.Caller.Service.Type, clock.GetUtcNow(), Guid.NewGuid().ToString(), routine);

    // Whoever held a run in the region that served before goes on with it here, but its lease was that region's.
    private Document<RunClaim>? Held(Document<RunClaim>? claim) => claim is not null && claim.Info.Revision <= past.ForeignUpTo
        ? claim with { Value = claim.Value with { LeaseId = 0 } }
        : claim;

    private async Task<WorkOrder?> FindAbandonedAsync(ResourceId agent, WorkRequest request, CancellationToken cancel)
    {
        var page = await documents.ListInternalAsync(RunClaim.PlaceOf(agent), RunsJson.Default.RunClaim, null, PageMax, cancel,
            fault => Log.Skipped(logger, fault.Message));
        foreach (var claim in page.Documents)
        {
            if (!ResourceId.TryParse(claim.Value.RunId, out var run) || Names(request.Holding, claim.Value.RunId))
            {
                continue;
            }

            // The same process that does not know of its own claim has lost the answer; another one's counts as lost when its lease has
            // lapsed.
            var isFree = claim.Value.Instance == request.Instance
                || await documents.GetInfoAsync(RunClaim.LeaseKeyOf(run), cancel) is null;
            if (isFree && await FindRunAsync(agent, run, cancel) is { } found)
            {
                if (await TakeAsync(agent, found, request.Instance, cancel) is { } order)
                {
                    return order;
                }
            }
            else if (isFree)
            {
                await documents.DeleteAsync(claim.Key, DocumentCondition.Unchanged(claim.Info), Stamp(routine: true), cancel);
            }
        }

        return null;
    }

    private async Task<WorkOrder?> FindQueuedAsync(ResourceId agent, WorkRequest request, CancellationToken cancel)
    {
        var page = await documents.ListInternalAsync(
            DocumentKey.Internal(QueuedRun.PlaceOf(agent)), MoverJson.Wire.QueuedRun, null, PageMax, cancel,
            fault => Log.Skipped(logger, fault.Message));

        // Those without a number are of the form before; they sort first, and among themselves by when they were queued.
        // A state that is older than its agent may queue what the agent works on already.
        foreach (var queued in page.Documents.Where(q => !Names(request.Holding, q.Value.RunId)).OrderBy(
            q => QueuedRun.IsNumbered(q.Key.Stored) ? DateTimeOffset.MaxValue : q.Value.QueuedAt))
        {
            if (!ResourceId.TryParse(queued.Value.RunId, out var run) || await FindRunAsync(agent, run, cancel) is not { } found)
            {
                // Its run went with its project: left here, enough of them would keep those that wait off the page.
                await documents.DeleteAsync(queued.Key, DocumentCondition.Unchanged(queued.Info), Stamp(routine: true), cancel);
            }
            else if (await TakeAsync(agent, found, request.Instance, cancel, queued) is { } order)
            {
                return order;
            }
        }

        return null;
    }

    // A run that is there, not over, and this agent's.
    private async Task<Document<JobRun>?> FindRunAsync(ResourceId agent, ResourceId run, CancellationToken cancel) =>
        await documents.GetAsync(run, MoverJson.Wire.JobRun, cancel) is { } found && IsFor(agent, found) ? found : null;

    private static bool IsFor(ResourceId agent, Document<JobRun> run) =>
        JobRunStatuses.IsActive(run.Value.Properties?.Status) && ArmCase.Same(run.Value.Properties?.AgentResourceId, agent.Text);

    // The run's owner writes its progress all the time, so losing a race says nothing: look again and repeat. The lease, a write of its
    // own, is granted before the first look: between a look and its commit there is nothing that the owner's next report could overtake.
    private async Task<WorkOrder?> TakeAsync(
        ResourceId agent, Document<JobRun> found, string instance, CancellationToken cancel, Document<QueuedRun>? queued = null)
    {
        var lease = await store.GrantLeaseAsync(AgentChannelLimits.RunLease, cancel);
        var rounds = documents.Rounds();
        do
        {
            var read = await ReadAsync(agent, found.Key.Id, cancel);
            if (read.Run is not { } run || !IsFor(agent, run))
            {
                break;
            }

            if (await TryTakeAsync(agent, run, read, instance, lease, queued, cancel) is { } order)
            {
                return order;
            }

            // A queue entry that is gone was claimed or cancelled by somebody else.
            if (queued is not null && await documents.GetInfoAsync(queued.Key, cancel) is null)
            {
                break;
            }
        }
        while (await rounds.NextAsync(cancel));

        await store.RevokeLeaseAsync(lease, cancel);
        return null;
    }

    private async Task<WorkOrder?> TryTakeAsync(
        ResourceId agent, Document<JobRun> run, RunRead read, string instance, long lease, Document<QueuedRun>? queued,
        CancellationToken cancel)
    {
        var id = run.Key.Id;
        var properties = run.Value.Properties ?? new();
        var before = read.Claim;
        var claim = new RunClaim(id.Text, Math.Max(before?.Value.Epoch ?? 0, past.EpochBase) + 1, 0, instance, lease, clock.GetUtcNow());
        var status = properties.Status == JobRunStatuses.Queued ? JobRunStatuses.Started : properties.Status ?? JobRunStatuses.Started;
        var started = run.Value with { Properties = properties with { Status = status, LastStatusUpdate = clock.GetUtcNow() } };
        List<DocumentWrite> writes =
        [
            DocumentWrite.Put(id, started, MoverJson.Wire.JobRun, DocumentCondition.Unchanged(run.Info)),
            DocumentWrite.Put(
                RunClaim.KeyOf(agent, id), claim, RunsJson.Default.RunClaim,
                    DocumentCondition.AsRead(before?.Info)),
            DocumentWrite.Put(RunClaim.LeaseKeyOf(id), new(id.Text, claim.Epoch), RunsJson.Default.RunLease, default, lease),
        ];
        if (queued is not null)
        {
            writes.Add(DocumentWrite.Delete(queued.Key, DocumentCondition.Unchanged(queued.Info)));
        }

        if (DefinitionWrite(id, read.Definition, status) is { } definition)
        {
            writes.Add(definition);
        }

        if (!(await documents.CommitAsync(writes, Stamp(routine: false), cancel)).Committed)
        {
            return null;
        }

        Log.Claimed(logger, id, agent.Name, claim.Epoch);
        return WorkOrders.Create(id, started, claim);
    }

    private static bool Names(IReadOnlyList<string> runs, string run) => runs.Any(one => ArmCase.Same(one, run));

    private static partial class Log
    {
        [LoggerMessage(4101, LogLevel.Information, "Agent {AgentName} claimed run {RunId} in epoch {Epoch}.")]
        public static partial void Claimed(ILogger logger, ResourceId runId, string agentName, long epoch);

        [LoggerMessage(4143, LogLevel.Error, "Skipped a damaged queued or claimed run. {Damage}")]
        public static partial void Skipped(ILogger logger, string damage);
    }
}

/// <summary>A run with its claim and its definition, each null when there is none.</summary>
internal sealed record RunRead(Document<JobRun>? Run, Document<RunClaim>? Claim, Document<JobDefinition>? Definition);
