using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Background;
using Mover.Server.Documents;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Scheduling;

/// <summary>Follows the index of schedules in the store, whichever instance writes it, and lets <see cref="Schedules"/> do what is due.
/// </summary>
internal sealed partial class ScheduleLoop(
    IStateStore store, DocumentStore documents, LoopShares shares, ScheduleTable table, Schedules schedules, TimeProvider clock,
    ILogger<ScheduleLoop> logger)
    : OwnedLoop(LoopNames.Schedules, store, documents, shares, clock, logger)
{
    private static readonly string Prefix = ScheduledJob.Area.Name + "/";

    /// <summary>The longest sleep: a clock that is set is noticed within it.</summary>
    private static readonly TimeSpan SleepMax = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    protected override async Task OwnAsync(CancellationToken cancel)
    {
        table.Clear();
        var revision = await ReadAsync(cancel);
        await Together.UntilOneEndsAsync(cancel, stop => WatchAsync(revision, stop), StartDueAsync);
    }

    // What changes while the pages are read is seen again by the watch from the first page's revision.
    private async Task<long> ReadAsync(CancellationToken cancel)
    {
        long? revision = null;
        string? after = null;
        StatePage page;
        do
        {
            page = await Store.ListAsync(Prefix, after, StateLimits.PageEntriesMax, cancel);
            revision ??= page.Revision;
            foreach (var entry in page.Entries)
            {
                after = entry.Key;
                Take(entry.Key, entry);
            }
        }
        while (page.HasMore);
        return revision ?? 0;
    }

    private async Task WatchAsync(long revision, CancellationToken cancel)
    {
        await foreach (var seen in Store.WatchAsync(Prefix, revision, cancel))
        {
            foreach (var change in seen.Changes)
            {
                Take(change.Key, change.Entry);
            }
        }
    }

    private void Take(string key, StateEntry? entry)
    {
        if (!ResourceId.TryParse(key[(Prefix.Length - 1)..], out var id))
        {
            return;
        }

        var schedule = entry is null
            ? null
            : DocumentStore.OpenWhole(
                entry, IndexesJson.Default.ScheduledJob, fault => Log.Passed(logger, fault.Message))?.Value.Schedule;
        table.Set(id.Key, id, schedule, schedule is null ? null : ScheduledJob.TextOf(schedule));
    }

    // One that fails holds up no other; it is due still, and is tried again at the next look.
    private async Task HandleAsync(ResourceId id, DateTimeOffset now, CancellationToken cancel)
    {
        try
        {
            await schedules.HandleAsync(id, now, cancel);
            table.Checked(id, now);
        }
        catch (Exception fault) when (!cancel.IsCancellationRequested)
        {
            Log.Failed(logger, fault, id, SleepMax);
        }
    }

    private async Task StartDueAsync(CancellationToken cancel)
    {
        while (true)
        {
            var now = Clock.GetUtcNow();
            var (due, next, changed) = table.Look(now);
            foreach (var id in due)
            {
                await HandleAsync(id, now, cancel);
            }

            var sleep = next is { } time && time - now < SleepMax ? time - now : SleepMax;
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            await Task.WhenAny(changed, Task.Delay(sleep, Clock, waiting.Token));
            await waiting.CancelAsync();
            cancel.ThrowIfCancellationRequested();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4136, LogLevel.Error, "Skipped a damaged job definition; its schedule starts nothing until it is restored or "
            + "written again. {Damage}")]
        public static partial void Passed(ILogger logger, string damage);

        [LoggerMessage(4133, LogLevel.Warning, "Cannot process the schedule of {DefinitionId}; retrying within {Pause}.")]
        public static partial void Failed(ILogger logger, Exception fault, ResourceId definitionId, TimeSpan pause);
    }
}
