using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Core.Jobs;

/// <summary>
/// A run of just the items that failed in an earlier run of the same job. The resource has no property for it: a note among the run's
/// warnings says which run, for people and for the control plane alike. Pure.
/// </summary>
public static class JobRetries
{
    /// <summary>The code of the note; its target is the name of the earlier run.</summary>
    public const string Code = "RetryOfRun";

    /// <summary>The note of a run that tries another run's failed items again.</summary>
    public static JobRunNote NoteOf(string run) => new(
        Code, $"This run retries only the items that failed in run '{run}' and deletes nothing. Start the job to compare all items.",
        run);

    /// <summary>The name of the run whose failed items a run is limited to; null when it is limited to none.</summary>
    public static string? RunOf(JobRunProperties? run) => run?.Warnings?.FirstOrDefault(note => note.Code == Code)?.Target;

    /// <summary>Why the failed items of a run cannot be tried again; null when they can.</summary>
    /// <param name="id">The earlier run.</param>
    /// <param name="run">Its properties.</param>
    /// <param name="job">The definition as it is: its agent has to be the one whose ledger names the items.</param>
    public static ArmError? Check(ResourceId id, JobRunProperties run, JobDefinitionProperties job)
    {
        if (run.Status != JobRunStatuses.Succeeded)
        {
            return ArmErrors.RunHasNoList(id, run.Status ?? string.Empty);
        }

        return run.ItemsFailed is null or 0 ? ArmErrors.RunHasNoFailures(id)
            : !string.Equals(run.AgentName, job.AgentName, StringComparison.OrdinalIgnoreCase)
            ? ArmErrors.RunIsAnotherAgents(id, run.AgentName ?? string.Empty)
            : null;
    }
}
