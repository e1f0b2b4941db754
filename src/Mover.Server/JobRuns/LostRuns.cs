using System.Collections.Concurrent;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Server.Arm;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.JobRuns;

/// <summary>
/// Looks for claimed runs whose owner's lease has lapsed: one that was asked to stop ends at once, another after
/// <see cref="RunEnds.LostAfter"/>. Only time in which this server was awake to hear the agent counts, so neither a restart nor a pause of
/// the control plane ends a run.
/// </summary>
internal sealed partial class LostRuns(
    DocumentStore documents, RunEnds ends, RunClaims claims, TimeProvider clock, ILogger<LostRuns> logger)
{
    /// <summary>Time between two looks.</summary>
    public static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan CountedMax = 2 * SweepInterval;
    private readonly ConcurrentDictionary<string, TimeSpan> _silent = new(StringComparer.Ordinal);
    private long? _sweptAt;

    /// <summary>Looks at every claim once.</summary>
    public async Task SweepAsync(CancellationToken cancel)
    {
        var passed = _sweptAt is { } last ? clock.GetElapsedTime(last) : TimeSpan.Zero;
        _sweptAt = clock.GetTimestamp();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var leases = await LeasesAsync(cancel);
        await foreach (var entry in documents.ListBelowAsync(DocumentKey.Internal(RunClaim.Area), cancel))
        {
            seen.Add(entry.Key);
            try
            {
                await LookAsync(entry, leases, passed < CountedMax ? passed : CountedMax, cancel);
            }
            catch (Exception fault) when (!cancel.IsCancellationRequested)
            {
                Log.Skipped(logger, fault, entry.Key);
            }
        }

        foreach (var gone in _silent.Keys.Where(key => !seen.Contains(key)))
        {
            _silent.TryRemove(gone, out _);
        }
    }

    // In pages, not one by one: most runs have their lease. One that seems to have none is asked for again.
    private async Task<HashSet<string>> LeasesAsync(CancellationToken cancel)
    {
        var leases = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var lease in documents.ListBelowAsync(DocumentKey.Internal(RunClaim.LeaseArea), cancel))
        {
            leases.Add(lease.Key);
        }

        return leases;
    }

    private async Task LookAsync(StateEntry entry, HashSet<string> leases, TimeSpan passed, CancellationToken cancel)
    {
        var claim = DocumentStore.Open(entry, RunsJson.Default.RunClaim);
        if (!ChannelRules.TryReadRun(claim.Value.RunId, out var id)
            || leases.Contains(RunClaim.LeaseKeyOf(id).Stored)
            || await documents.GetInfoAsync(RunClaim.LeaseKeyOf(id), cancel) is not null)
        {
            _silent.TryRemove(entry.Key, out _);
            return;
        }

        var status = (await documents.GetAsync(id, MoverJson.Wire.JobRun, cancel))?.Value.Properties?.Status;
        if (!JobRunStatuses.IsActive(status))
        {
            await documents.DeleteAsync(claim.Key, DocumentCondition.Unchanged(claim.Info), claims.Stamp(routine: true), cancel);
            return;
        }

        var silent = _silent.AddOrUpdate(entry.Key, TimeSpan.Zero, (_, before) => before + passed);
        if (WorkOrders.IsCancel(status) || silent >= RunEnds.LostAfter)
        {
            await ends.EndAsync(id, claims.Stamp(routine: false), cancel);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4142, LogLevel.Warning, "Cannot check the claim {Claim}; retrying.")]
        public static partial void Skipped(ILogger logger, Exception fault, string claim);
    }
}
