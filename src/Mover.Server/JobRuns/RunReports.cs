using System.Collections.Concurrent;
using Mover.Core;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Server.Arm;
using Mover.Server.Operations;
using Mover.State.Documents;

namespace Mover.Server.JobRuns;

/// <summary>
/// Takes the reports of runs: only from the current epoch, only newer ones. The last of each run is held and written at most once a second;
/// ends and changes of status are written at once. What is held and lost in a crash, or cannot be written, is in the agent's next report:
/// each says everything, and an end is repeated until it is acknowledged.
/// </summary>
internal sealed partial class RunReports(
    DocumentStore documents, RunClaims claims, RunAdoption adoption, TimeProvider clock, ILogger<RunReports> logger)
{
    /// <summary>The shortest time between two writes of a run in progress.</summary>
    public static readonly TimeSpan WriteInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan KeepInterval = AgentChannelLimits.RunLease / 4;
    private readonly ConcurrentDictionary<string, Held> _held = new(StringComparer.Ordinal);

    /// <summary>Takes a report; the answer says whether the run is to stop.</summary>
    public async Task<Result<bool>> AcceptAsync(ResourceId agent, RunReport report, CancellationToken cancel)
    {
        if (!ChannelRules.TryReadRun(report.RunId, out var id))
        {
            return ArmErrors.ResourceNotFound(id);
        }

        var read = await claims.ReadAsync(agent, id, cancel);
        if (adoption.MayBeLost(read, report.Epoch))
        {
            if (await adoption.AdoptAsync(agent, id, report, cancel) is { } why)
            {
                return why;
            }

            read = await claims.ReadAsync(agent, id, cancel);
        }

        if (read.Run is not { } run || !ArmCase.Same(run.Value.Properties?.AgentResourceId, agent.Text))
        {
            return ArmErrors.ResourceNotFound(id);
        }

        var claim = read.Claim;
        if (claim is null || claim.Value.Epoch != report.Epoch)
        {
            return AnswerWithoutClaim(id, run.Value, claim?.Value, report);
        }

        var held = _held.GetOrAdd(id.Key, _ => new Held(agent, id, clock));
        if (!held.Offer(report, claim.Value) && held.Waiting is null)
        {
            return WorkOrders.IsCancel(run.Value.Properties?.Status);
        }

        var kept = read;
        try
        {
            if (held.NeedsKeeping(KeepInterval))
            {
                kept = await claims.KeepAsync(agent, claim, cancel) ? null : read;
                held.Kept();
            }

            return held.IsDue(WriteInterval) || IsUrgent(run.Value.Properties, report)
                ? await WriteAsync(held, kept, cancel)
                : WorkOrders.IsCancel(run.Value.Properties?.Status);
        }
        catch
        {
            // The agent hears of the fault and says it again; nothing of it is kept meanwhile.
            Drop(held);
            throw;
        }
    }

    /// <summary>
    /// Writes every report that has waited long enough, each by itself: one that cannot be written is dropped and holds up no other.
    /// </summary>
    public async Task FlushAsync(CancellationToken cancel)
    {
        foreach (var (_, held) in _held)
        {
            try
            {
                if (held.Waiting is null)
                {
                    Forget(held);
                }
                else if (held.IsDue(WriteInterval) && (await WriteAsync(held, null, cancel)).Refusal is { } refusal)
                {
                    Drop(held);
                    Log.Dropped(logger, held.Agent.Name, held.Run, $"{refusal.Code}: {refusal.Message}", null);
                }
            }
            catch (Exception fault) when (!cancel.IsCancellationRequested)
            {
                Drop(held);
                Log.Dropped(logger, held.Agent.Name, held.Run, fault.Message, fault);
            }
        }
    }

    private void Drop(Held held) => _held.TryRemove(new(held.Run.Key, held));

    // A run that says nothing any more has ended elsewhere, or its agent is gone.
    private void Forget(Held held)
    {
        if (held.IsDue(AgentChannelLimits.RunLease))
        {
            Drop(held);
        }
    }

    private static Result<bool> AnswerWithoutClaim(ResourceId id, JobRun run, RunClaim? claim, RunReport report)
    {
        var status = run.Properties?.Status;
        if (claim is null && JobRunStatuses.IsTerminal(status))
        {
            // An end that is told again is the same end.
            return report.Status.ToString() == status ? false : ArmErrors.RunEnded(id, status ?? string.Empty);
        }

        return ArmErrors.RunOwnedElsewhere(id, report.Epoch);
    }

    // What was read just before serves the first round.
    private async Task<Result<bool>> WriteAsync(Held held, RunRead? read, CancellationToken cancel)
    {
        var rounds = documents.Rounds();
        do
        {
            var (run, claim, definition) = read ?? await claims.ReadAsync(held.Agent, held.Run, cancel);
            read = null;
            if (run is null)
            {
                _held.TryRemove(held.Run.Key, out _);
                return ArmErrors.ResourceNotFound(held.Run);
            }

            var report = held.Waiting;
            if (report is null || claim is null || claim.Value.Epoch != report.Epoch || claim.Value.Sequence >= report.Sequence)
            {
                // Written by another call, or overtaken by a newer claim. What came in since waits on.
                held.Written(report);
                return WorkOrders.IsCancel(run.Value.Properties?.Status);
            }

            var changed = ReportedRun.Of(run.Value, report, clock.GetUtcNow());
            var (writes, isRoutine) = WritesOf(held, run, claim, definition, changed, report);
            if ((await documents.CommitAsync(writes, claims.Stamp(isRoutine), cancel)).Committed)
            {
                held.Written(report);
                Settle(held, changed, isRoutine);
                return WorkOrders.IsCancel(changed.Properties?.Status);
            }
        }
        while (await rounds.NextAsync(cancel));

        return ArmErrors.Contended(held.Run);
    }

    private static (List<DocumentWrite> Writes, bool IsRoutine) WritesOf(
        Held held, Document<JobRun> run, Document<RunClaim> claim, Document<JobDefinition>? found, JobRun changed, RunReport report)
    {
        var status = changed.Properties?.Status ?? string.Empty;
        var claimKey = RunClaim.KeyOf(held.Agent, held.Run);
        var isEnd = JobRunStatuses.IsTerminal(status);
        List<DocumentWrite> writes =
        [
            DocumentWrite.Put(held.Run, changed, MoverJson.Wire.JobRun, DocumentCondition.Unchanged(run.Info)),
            isEnd
                ? DocumentWrite.Delete(claimKey, DocumentCondition.Unchanged(claim.Info))
                : DocumentWrite.Put(
                    claimKey, claim.Value with { Sequence = report.Sequence, Deletions = report.Deletions, InFlight = report.InFlight },
                        RunsJson.Default.RunClaim, DocumentCondition.Unchanged(claim.Info)),
        ];
        if (isEnd)
        {
            writes.Add(DocumentWrite.Delete(RunClaim.LeaseKeyOf(held.Run)));
            writes.AddRange(ActiveRun.Ends(held.Run, changed.Properties ?? new()));
        }

        var isRoutine = status == run.Value.Properties?.Status;
        if (!isRoutine && RunClaims.DefinitionWrite(held.Run, found, status) is { } definition)
        {
            writes.Add(definition);
        }

        return (writes, isRoutine);
    }

    private void Settle(Held held, JobRun changed, bool isRoutine)
    {
        var status = changed.Properties?.Status ?? string.Empty;
        if (!isRoutine)
        {
            Log.Moved(logger, held.Run, status);
        }

        if (JobRunStatuses.IsTerminal(status))
        {
            _held.TryRemove(held.Run.Key, out _);
        }
    }

    // Every change of status is written at once, but for a pause of the upload limit, which may come and go.
    private static bool IsUrgent(JobRunProperties? before, RunReport report) =>
        ReportedRun.StatusOf(before, report) is { } status && status != before?.Status && !(MovesData(status) && MovesData(before?.Status));

    private static bool MovesData(string? status) => status is JobRunStatuses.Running or JobRunStatuses.PausedByBandwidthManagement;

    private static partial class Log
    {
        [LoggerMessage(4121, LogLevel.Information, "Run {RunId} is now {Status}.")]
        public static partial void Moved(ILogger logger, ResourceId runId, string status);

        [LoggerMessage(4122, LogLevel.Warning, "Dropped a report of agent {AgentName} about run {RunId}: {Reason}")]
        public static partial void Dropped(ILogger logger, string agentName, ResourceId runId, string reason, Exception? fault);
    }

    /// <summary>The last report of one run that this instance has taken.</summary>
    internal sealed class Held(ResourceId agent, ResourceId run, TimeProvider clock)
    {
        private readonly Lock _gate = new();
        private (long Epoch, long Sequence) _last;
        private long? _writtenAt;
        private long? _keptAt;

        public ResourceId Agent { get; } = agent;

        public ResourceId Run { get; } = run;

        public RunReport? Waiting { get; private set; }

        /// <summary>Whether the last write, or else the beginning, is so long ago.</summary>
        public bool IsDue(TimeSpan interval) => HasPassed(_writtenAt, interval);

        /// <summary>Whether the lease was last kept so long ago.</summary>
        public bool NeedsKeeping(TimeSpan interval) => HasPassed(_keptAt, interval);

        public void Kept() => _keptAt = clock.GetTimestamp();

        /// <summary>False when the report is not newer than what is known.</summary>
        public bool Offer(RunReport report, RunClaim claim)
        {
            lock (_gate)
            {
                var isNewer = (report.Epoch, report.Sequence).CompareTo(_last) > 0
                    && (report.Epoch > claim.Epoch || report.Sequence > claim.Sequence);
                if (isNewer)
                {
                    _last = (report.Epoch, report.Sequence);
                    Waiting = report;
                }

                return isNewer;
            }
        }

        public void Written(RunReport? report)
        {
            lock (_gate)
            {
                _writtenAt = clock.GetTimestamp();
                Waiting = ReferenceEquals(Waiting, report) ? null : Waiting;
            }
        }

        private bool HasPassed(long? since, TimeSpan interval) => since is not { } then || clock.GetElapsedTime(then) >= interval;
    }
}
