using Mover.Server.JobRuns;
using Mover.State;
using Mover.State.Copies;
using Mover.State.Documents;

namespace Mover.Server.Backups;

/// <summary>
/// Claims of a restored state: nobody holds them. The lost control plane may have given a run to another process since, under the very
/// epoch that the backup shows or the one after it, so a claim gets an epoch that no agent has.
/// </summary>
internal static class VoidClaims
{
    private const string Prefix = RunClaim.Area + "/";

    /// <summary>What is written of an entry.</summary>
    public static StateEntry Change(StateEntry entry, RestoreMark mark, WriteStamp stamp) =>
        entry.Key.StartsWith(Prefix, StringComparison.Ordinal)
        && DocumentStore.OpenWhole(entry, RunsJson.Default.RunClaim, _ => { }) is { } claim
            ? DocumentStore.Next(
                entry, claim.Value with { Epoch = mark.EpochBase, Sequence = 0, LeaseId = 0 }, RunsJson.Default.RunClaim, stamp)
            : entry;
}
