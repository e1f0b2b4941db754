using System.Text.Json.Nodes;
using Mover.Core.Jobs;
using Mover.Core.Resources;

namespace Mover.Recovery.Snapshots;

/// <summary>
/// A mirror without a schedule whose last run has succeeded: people use its target from then on, and a run elsewhere would delete what they
/// put there.
/// </summary>
internal static class FinishedMirror
{
    /// <summary>Whether a job definition is one.</summary>
    public static bool Is(JsonObject job) =>
        Estate.PropertyOf(job, "copyMode") == CopyModes.Mirror && Estate.PropertyOf(job, "latestJobRunStatus") == JobRunStatuses.Succeeded
        && job["properties"]?["schedule"] is not JsonObject;

    /// <summary>The names <c>mover/project/job</c> of those that a plan knows, compared as ARM compares names.</summary>
    public static IReadOnlySet<string> NamesOf(IReadOnlyList<string>? names) =>
        new HashSet<string>(names ?? [], StringComparer.OrdinalIgnoreCase);

    /// <summary>So many of them, for texts.</summary>
    public static string Count(int mirrors) => mirrors == 1 ? "1 mirror" : $"{mirrors} mirrors";
}
