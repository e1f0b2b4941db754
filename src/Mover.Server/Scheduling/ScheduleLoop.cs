using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Scheduling;

/// <summary>Follows the job definitions in the store, whichever instance writes them, and lets <see cref="Schedules"/> do what is
/// due.</summary>
internal sealed partial class ScheduleLoop(
    IStateStore store, ScheduleTable table, Schedules schedules, TimeProvider clock, ILogger<ScheduleLoop> logger) : BackgroundService
{
    private const string Prefix = "/subscriptions/";
    private const string Level = "/jobdefinitions/";
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>The longest sleep: a clock that is set is noticed within it.</summary>
    private static readonly TimeSpan SleepMax = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                Log.Broke(logger, fault);
                await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task FollowAsync(CancellationToken cancel)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        table.Clear();
        var revision = await ReadAsync(both.Token);
        var watch = WatchAsync(revision, both.Token);
        var start = StartDueAsync(both.Token);
        await Task.WhenAny(watch, start);
        await both.CancelAsync();
        await Task.WhenAll(watch, start);
    }

    // What changes while the pages are read is seen again by the watch from the first page's revision.
    private async Task<long> ReadAsync(CancellationToken cancel)
    {
        long? revision = null;
        string? after = null;
        StatePage page;
        do
        {
            page = await store.ListAsync(Prefix, after, StateLimits.PageEntriesMax, cancel);
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
        await foreach (var change in store.WatchAsync(Prefix, revision, cancel))
        {
            Take(change.Key, change.Entry);
        }
    }

    private void Take(string key, StateEntry? entry)
    {
        var at = key.LastIndexOf(Level, StringComparison.Ordinal);
        if (at < 0 || key.IndexOf('/', at + Level.Length) >= 0 || !ResourceId.TryParse(key, out var id))
        {
            return;
        }

        var schedule = entry is null ? null : DocumentStore.Open(entry, MoverJson.Wire.JobDefinition).Value.Properties?.Schedule;
        table.Set(key, id, schedule, schedule is null ? null : Schedules.TextOf(schedule));
    }

    private async Task StartDueAsync(CancellationToken cancel)
    {
        while (true)
        {
            var now = clock.GetUtcNow();
            var (due, next, changed) = table.Look(now);
            foreach (var id in due)
            {
                await schedules.HandleAsync(id, now, cancel);
                table.Checked(id, now);
            }

            var sleep = next is { } time && time - now < SleepMax ? time - now : SleepMax;
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            await Task.WhenAny(changed, Task.Delay(sleep, clock, waiting.Token));
            await waiting.CancelAsync();
            cancel.ThrowIfCancellationRequested();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4130, LogLevel.Warning, "The schedules could not be followed; it begins again.")]
        public static partial void Broke(ILogger logger, Exception fault);
    }
}
