using System.Collections.Concurrent;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.State.Documents;

namespace Mover.Server.JobRuns;

/// <summary>
/// Takes over what agents know and this state does not, because its end was lost: with a region whose last writes did not reach its pair,
/// or with everything since the backup that was restored. A run that was started, claimed or ended then is taken over from its agent's
/// report; the newest claim of the lost state wins, and every claim of this one is newer.
/// </summary>
internal sealed partial class RunAdoption(
    DocumentStore documents, RunClaims claims, RunEnds ends, JobStarter starter, StorePast past, ILogger<RunAdoption> logger)
{
    /// <summary>The code of the warning on a run that was taken over.</summary>
    public const string Code = "TakenOver";

    /// <summary>Runs that one agent can have made again between two starts of an instance: one that lies fills no store.</summary>
    internal int RemadeMax { get; set; } = 1_000;

    private readonly ConcurrentDictionary<string, int> _remade = new(StringComparer.Ordinal);

    /// <summary>Whether a claim may have been made in what is lost.</summary>
    public bool MayBeLost(RunRead known, long epoch) => epoch <= past.EpochBase
        && (known.Run is not { } run || JobRunStatuses.IsActive(run.Value.Properties?.Status))
        && (known.Claim is not { } claim || claim.Value.Epoch < epoch || claim.Value.Epoch == past.VoidEpoch);

    /// <summary>
    /// Takes a run over from a report of which <see cref="MayBeLost"/> holds. Null when the report is to be judged as any other now; else
    /// why it is not taken over.
    /// </summary>
    public async Task<ArmError?> AdoptAsync(ResourceId agent, ResourceId id, RunReport report, CancellationToken cancel)
    {
        var rounds = documents.Rounds();
        do
        {
            var known = await claims.ReadAsync(agent, id, cancel);
            if (!MayBeLost(known, report.Epoch))
            {
                return null;
            }

            if (known.Run is { } run)
            {
                if (!ArmCase.Same(run.Value.Properties?.AgentResourceId, agent.Text) || await ClaimAsync(agent, run, known, report, cancel))
                {
                    return null;
                }
            }
            else if (await RemakeAsync(agent, id, known.Definition, report, cancel) is { } refusal)
            {
                return refusal;
            }
        }
        while (await rounds.NextAsync(cancel));

        return ArmErrors.Contended(id);
    }

    /// <summary>Makes the runs again that an agent goes on with after its start, and that this state does not know.</summary>
    public async Task RemakeAsync(ResourceId agent, IReadOnlyList<string> reclaim, CancellationToken cancel)
    {
        foreach (var text in past.EpochBase > 0 ? reclaim : [])
        {
            if (ChannelRules.TryReadRun(text, out var id)
                && await claims.ReadAsync(agent, id, cancel) is { Run: null } known
                && await RemakeAsync(agent, id, known.Definition, report: null, cancel) is { } refusal)
            {
                Log.Refused(logger, id, agent.Name, refusal.Message);
            }
        }
    }

    private async Task<ArmError?> RemakeAsync(
        ResourceId agent, ResourceId id, Document<JobDefinition>? definition, RunReport? report, CancellationToken cancel)
    {
        if (definition?.Value.Properties is not { } job || !Guid.TryParse(id.Name, out var name))
        {
            return ArmErrors.ResourceNotFound(id);
        }

        if (JobDefinitionRules.MoverOf(id.Parent).Child(MoverAgent.Described, job.AgentName ?? string.Empty) != agent)
        {
            return ArmErrors.RunNotTakenOver(id, $"its job now belongs to agent '{job.AgentName}'");
        }

        if (definition.Info.Created.At > report?.StartedAt)
        {
            return ArmErrors.RunNotTakenOver(id, "its job has been recreated since");
        }

        if (_remade.GetValueOrDefault(agent.Key) >= RemadeMax)
        {
            return ArmErrors.RunNotTakenOver(id, $"agent '{agent.Name}' has already reported {RemadeMax} such runs");
        }

        var stamp = claims.Stamp(routine: false);
        var isOver = report is not null && JobRunStatuses.IsTerminal(report.Status.ToString());
        var made = await starter.RemakeAsync(
            id, name, isOver && report is not null ? run => Noted(ReportedRun.Of(run, report, stamp.At)) : null, stamp, cancel);
        if (!made.Try(out var remade, out var refusal))
        {
            return ArmErrors.RunNotTakenOver(id, refusal.Message);
        }

        _remade.AddOrUpdate(agent.Key, 1, (_, before) => before + 1);
        Log.Remade(logger, remade, agent.Name, report?.Status.ToString() ?? JobRunStatuses.Queued);
        return null;
    }

    // It goes on, or ends, under the claim that it has.
    private async Task<bool> ClaimAsync(
        ResourceId agent, Document<JobRun> run, RunRead known, RunReport report, CancellationToken cancel)
    {
        var (id, hold) = (run.Key.Id, await ends.FindHoldAsync(run, cancel));
        var claim = new RunClaim(id.Text, report.Epoch, 0, string.Empty, LeaseId: 0, claims.Stamp(routine: false).At);
        var before = run.Value.Properties?.Status;
        var status = before == JobRunStatuses.Queued ? JobRunStatuses.Started : before;
        List<DocumentWrite> writes =
        [
            DocumentWrite.Put(
                id, Noted(run.Value with { Properties = (run.Value.Properties ?? new()) with { Status = status } }),
                MoverJson.Wire.JobRun, DocumentCondition.Unchanged(run.Info)),
            DocumentWrite.Put(
                RunClaim.KeyOf(agent, id), claim, RunsJson.Default.RunClaim, DocumentCondition.AsRead(known.Claim?.Info)),
        ];
        if (hold is { Queue: { } queue, Queued: { } queued })
        {
            writes.Add(DocumentWrite.Delete(queue, DocumentCondition.Unchanged(queued)));
        }

        if (RunClaims.DefinitionWrite(id, known.Definition, status ?? string.Empty) is { } definition)
        {
            writes.Add(definition);
        }

        if (!(await documents.CommitAsync(writes, claims.Stamp(routine: false), cancel)).Committed)
        {
            return false;
        }

        Log.Claimed(logger, id, agent.Name, report.Epoch);
        return true;
    }

    private static JobRun Noted(JobRun run) => run.Properties is not { } properties
            || properties.Warnings?.Any(note => note.Code == Code) == true
        ? run
        : run with
        {
            Properties = properties with
            {
                Warnings =
                [
                    .. properties.Warnings ?? [],
                    new(
                        Code,
                        "The control plane lost its most recent state, including this run's start, claim or end. The values shown were "
                            + "taken over from the agent."),
                ],
            },
        };

    private static partial class Log
    {
        [LoggerMessage(4171, LogLevel.Warning,
            "Run {RunId} was unknown here and was recorded from the report of agent {AgentName}: {Status}.")]
        public static partial void Remade(ILogger logger, ResourceId runId, string agentName, string status);

        [LoggerMessage(4172, LogLevel.Warning,
            "Run {RunId} stays with agent {AgentName}, which claimed it in epoch {Epoch} before the state was lost.")]
        public static partial void Claimed(ILogger logger, ResourceId runId, string agentName, long epoch);

        [LoggerMessage(4173, LogLevel.Warning,
            "Run {RunId} of agent {AgentName} is unknown here and was not taken over. {Reason}")]
        public static partial void Refused(ILogger logger, ResourceId runId, string agentName, string reason);
    }
}
