using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Recovery.Status;

namespace Mover.Recovery.Agents;

/// <summary>What became of a job's start.</summary>
public enum StartOutcome
{
    /// <summary>A run was started.</summary>
    Started,

    /// <summary>A run is active already.</summary>
    Running,

    /// <summary>It has run here already, and was not asked to run again.</summary>
    HasRun,

    /// <summary>A mirror that had succeeded in the snapshot, and whose target may be in use since; a person decides.</summary>
    Held,

    /// <summary>Something must be done first.</summary>
    Blocked,
}

/// <summary>What became of a job.</summary>
/// <param name="Job">The job definition, <c>mover/project/job</c>.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Run">ARM id of the run; null for none.</param>
/// <param name="Reasons">What must be done first, and what should be known.</param>
public sealed record StartedJob(string Job, StartOutcome Outcome, string? Run, IReadOnlyList<string> Reasons);

/// <summary>
/// Starts jobs after looking whether they can run: agent online, rights there, endpoints there, accounts there. A job that runs, or has run
/// here, is not started twice, and a mirror that had succeeded before is not started unasked: it would delete what its target got since.
/// </summary>
/// <param name="client">The destination.</param>
/// <param name="held">The mirrors that are not started unasked; none when left out.</param>
public sealed class Starts(MoverClient client, HeldMirrors? held = null)
{
    /// <summary>Starts jobs, one after the other, and answers each.</summary>
    /// <param name="estate">The estate.</param>
    /// <param name="jobs">The jobs that are meant.</param>
    /// <param name="rights">What their agents need and have; see <see cref="Grants.FindAsync"/>.</param>
    /// <param name="again">Whether jobs that have run here, and mirrors that had succeeded in the snapshot, run again.</param>
    /// <param name="onlyChecks">Whether nothing is started.</param>
    /// <param name="cancel">Stops between two jobs.</param>
    /// <exception cref="RecoveryException">See <see cref="InterruptedStep"/>.</exception>
    public async IAsyncEnumerable<StartedJob> RunAsync(
        JobEstate estate, IReadOnlyList<EstateJob> jobs, IReadOnlyList<Grant> rights, bool again, bool onlyChecks,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var missing = rights.Where(right => right.Outcome is GrantOutcome.Missing or GrantOutcome.Refused or GrantOutcome.Elsewhere)
            .SelectMany(right => right.Jobs.Select(job => (job, right)))
            .ToLookup(pair => pair.job, pair => pair.right, StringComparer.Ordinal);
        var accounts = new Dictionary<ResourceId, bool>();
        var (looked, started) = (0, 0);
        foreach (var job in jobs)
        {
            var told = await InterruptedStep.GuardAsync(
                "Starting the jobs", () => $"Checked {looked} of {jobs.Count} jobs and started {started} of them.",
                () => RunAsync(estate, job, [.. missing[job.Name]], accounts, again, onlyChecks, cancel));
            looked++;
            started += told.Outcome == StartOutcome.Started && !onlyChecks ? 1 : 0;
            yield return told;
        }
    }

    private async Task<StartedJob> RunAsync(
        JobEstate estate, EstateJob job, IReadOnlyList<Grant> missing, Dictionary<ResourceId, bool> accounts, bool again, bool onlyChecks,
        CancellationToken cancel)
    {
        var notes = Schedule(job).ToList();
        if (JobRunStatuses.IsActive(job.Properties.LatestJobRunStatus))
        {
            return new(job.Name, StartOutcome.Running, job.Properties.LatestJobRunResourceId, notes);
        }

        if (!again && job.Properties.LatestJobRunStatus is { Length: > 0 } status)
        {
            notes.Add($"It has already run here ({status}); use --again to run it again.");
            return new(job.Name, StartOutcome.HasRun, job.Properties.LatestJobRunResourceId, notes);
        }

        if (!again && held?.WhyHeld(job) is { } why)
        {
            return new(job.Name, StartOutcome.Held, null, [.. notes, why]);
        }

        if (!again && held?.WhyBlocked(job) is { } unknown)
        {
            return new(job.Name, StartOutcome.Blocked, null, [unknown, .. notes]);
        }

        notes.AddRange(missing.Where(right => right.Outcome == GrantOutcome.Elsewhere).Select(right =>
            $"Cannot check whether its agent has the role {right.Role.RoleName} on {right.Scope}."));
        var lacked = missing.Where(right => right.Outcome != GrantOutcome.Elsewhere);
        var reasons = await ReasonsAsync(estate, job, lacked, accounts, notes, cancel);
        return reasons.Count > 0 ? new(job.Name, StartOutcome.Blocked, null, [.. reasons, .. notes])
            : onlyChecks ? new(job.Name, StartOutcome.Started, null, notes)
            : await StartAsync(job, notes, cancel);
    }

    private async Task<StartedJob> StartAsync(EstateJob job, List<string> notes, CancellationToken cancel)
    {
        try
        {
            return new(job.Name, StartOutcome.Started, (await client.StartJobAsync(job.Id, cancel)).Text, notes);
        }
        catch (ArmException refused) when (InterruptedStep.IsRefusal(refused.Error))
        {
            return new(job.Name, StartOutcome.Blocked, null, [$"{refused.Error.Code}: {refused.Error.Message}", .. notes]);
        }
    }

    private async Task<List<string>> ReasonsAsync(
        JobEstate estate, EstateJob job, IEnumerable<Grant> missing, Dictionary<ResourceId, bool> accounts, List<string> notes,
        CancellationToken cancel)
    {
        var reasons = new List<string>();
        if (estate.AgentOf(job) is not { } agent)
        {
            reasons.Add(job.Properties.AgentName is { Length: > 0 } name
                ? $"Its agent '{name}' does not exist; run mover recovery assign."
                : "It has no agent; run mover recovery assign.");
        }
        else if (!agent.IsOnline)
        {
            reasons.Add($"Its agent '{agent.Id.Name}' is {agent.Properties.AgentStatus ?? "unknown"}; start it (mover agent run).");
        }

        reasons.AddRange(missing.Select(right =>
            $"Its agent does not have the role {right.Role.RoleName} on {right.Scope}; run mover recovery grant."));
        foreach (var (id, properties, _) in estate.EndpointsOf(job))
        {
            if (properties is null)
            {
                reasons.Add($"Its endpoint '{id.Name}' does not exist.");
                continue;
            }

            foreach (var account in JobGrants.NeedsOf(properties, job.Mover, isSource: false)
                .Select(need => need.Account).Where(account => account != default))
            {
                if (!await IsThereAsync(account, accounts, notes, cancel))
                {
                    reasons.Add($"The storage account {account} does not exist.");
                }
            }
        }

        return reasons;
    }

    // Whoever may start a job need not be allowed to read its account; the run tells.
    private async Task<bool> IsThereAsync(
        ResourceId account, Dictionary<ResourceId, bool> accounts, List<string> notes, CancellationToken cancel)
    {
        if (accounts.TryGetValue(account, out var known))
        {
            return known;
        }

        try
        {
            return accounts[account] = await client.FindAsync(account, cancel) is not null;
        }
        catch (ArmException refused) when (refused.Error.Status == 403)
        {
            notes.Add($"No permission to check whether the storage account {account} exists.");
            return true;
        }
    }

    private static IEnumerable<string> Schedule(EstateJob job)
    {
        if (job.Properties.Schedule is { IsActive: not true })
        {
            yield return "Its schedule is off; turn it on with mover job-definition update.";
        }
    }
}
