using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Mover.State.Documents;

/// <summary>
/// Commits whose outcome is known. Each writes a marker that no other commit can have written: its audit record, or, for routine writes, a
/// slot of this writer under <c>commits/{writer}/{number}</c>. When the engine cannot tell what became of a commit, the marker is closed:
/// a commit that requires the marker as it was before either succeeds, and then the first one was not applied and never can be, or fails,
/// and then the marker says which of the two wrote it.
/// </summary>
internal sealed class ExactCommits(IStateStore store, TimeProvider clock)
{
    /// <summary>How long an outcome is looked for before the caller is told that it is unknown.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Where the slots are.</summary>
    public const string Prefix = "commits/";

    private static readonly TimeSpan SlotIdleMax = TimeSpan.FromHours(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(1);

    private readonly ConcurrentStack<Slot> _slots = [];
    private long _made;
    private long _numbered;

    /// <summary>Names this writer in the keys of its markers; no other writer has it.</summary>
    public string Writer { get; } = Guid.NewGuid().ToString("n");

    /// <summary>
    /// Commits with a marker: the audit record when there is one. Answers <see cref="CommitOutcome.ConditionFailed"/> for a commit of
    /// unknown outcome that was not applied and never will be: the caller reads again and repeats.
    /// </summary>
    public async ValueTask<CommitResult> CommitAsync(
        List<StateCondition> conditions, List<StateWrite> writes, AuditWrite? audit, DateTimeOffset at, CancellationToken cancel)
    {
        var slot = audit is null ? TakeSlot() : new Slot(audit.Record.Key);
        var (mark, closing) = audit is null ? SlotWrites(slot.Key, at) : (audit.Record, audit.Void);
        conditions.Add(new(slot.Key, slot.Revision));
        writes.Add(mark);
        CommitResult result;
        try
        {
            result = await store.CommitAsync(conditions, writes, cancel);
            slot.Revision = result.Outcome == CommitOutcome.Committed ? result.Revision : slot.Revision;
        }
        catch (StateException unknown) when (unknown.Fault == StateFault.OutcomeUnknown)
        {
            result = await ResolveAsync(slot, closing, unknown);
        }

        // One that failed may do so for its slot, which another may have taken for a dead writer's: it is not used again.
        if (audit is null && result.Outcome != CommitOutcome.ConditionFailed)
        {
            slot.UsedAt = clock.GetTimestamp();
            _slots.Push(slot);
        }

        return result;
    }

    /// <summary>A commit that only checks: without a marker, because nothing is lost when its answer is.</summary>
    public async ValueTask<CommitResult> CheckAsync(IReadOnlyList<StateCondition> conditions, CancellationToken cancel)
    {
        try
        {
            return await store.CommitAsync(conditions, [], cancel);
        }
        catch (StateException unknown) when (unknown.Fault == StateFault.OutcomeUnknown)
        {
            return new(CommitOutcome.ConditionFailed, 0);
        }
    }

    /// <summary>Deletes the slots of writers that have not used them since; answers how many went.</summary>
    public async ValueTask<int> TidyAsync(DateTimeOffset before, CancellationToken cancel)
    {
        var gone = 0;
        string? after = null;
        StatePage page;
        do
        {
            page = await store.ListAsync(Prefix, after, StateLimits.CommitOperationsMax, cancel);
            after = page.Entries.Count > 0 ? page.Entries[^1].Key : after;
            var old = page.Entries.Where(entry => TicksOf(entry) < before.UtcTicks).ToList();
            if (old.Count > 0)
            {
                var result = await store.CommitAsync(
                    [.. old.Select(entry => new StateCondition(entry.Key, entry.ModRevision))],
                    [.. old.Select(entry => new StateWrite(entry.Key, null))],
                    cancel);
                gone += result.Outcome == CommitOutcome.Committed ? old.Count : 0;
            }
        }
        while (page.HasMore);
        return gone;
    }

    // The caller's cancelling is too late here: the commit was sent.
    private async Task<CommitResult> ResolveAsync(Slot slot, StateWrite closing, StateException unknown)
    {
        var begun = clock.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause < PauseMax ? 2 * pause : PauseMax)
        {
            try
            {
                if (await CloseAsync(slot, closing) is { } result)
                {
                    return result;
                }
            }
            catch (StateException fault) when (fault.Fault is StateFault.OutcomeUnknown or StateFault.Unavailable or StateFault.Full)
            {
                unknown = fault;
            }

            if (clock.GetElapsedTime(begun) >= Patience)
            {
                throw new StateException(
                    StateFault.OutcomeUnknown,
                    "The store did not confirm whether the change was made. Read the resource again before you retry. " + unknown.Message,
                    unknown);
            }

            await Task.Delay(pause, clock, CancellationToken.None);
        }
    }

    // Null when the marker went meanwhile: look again.
    private async Task<CommitResult?> CloseAsync(Slot slot, StateWrite closing)
    {
        var closed = await store.CommitAsync([new(slot.Key, slot.Revision)], [closing], CancellationToken.None);
        if (closed.Outcome == CommitOutcome.Committed)
        {
            slot.Revision = closed.Revision;
            return new(CommitOutcome.ConditionFailed, 0);
        }

        if (await store.GetAsync(slot.Key, CancellationToken.None) is not { } entry)
        {
            return null;
        }

        slot.Revision = entry.ModRevision;
        return entry.Value.Span.SequenceEqual((closing.Value ?? default).Span)
            ? new(CommitOutcome.ConditionFailed, 0)
            : new(CommitOutcome.Committed, entry.ModRevision);
    }

    // One that was idle for long may have been tidied away.
    private Slot TakeSlot()
    {
        while (_slots.TryPop(out var slot))
        {
            if (clock.GetElapsedTime(slot.UsedAt) < SlotIdleMax)
            {
                return slot;
            }
        }

        return new(string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Writer}/{Interlocked.Increment(ref _made)}"));
    }

    private (StateWrite Mark, StateWrite Closing) SlotWrites(string key, DateTimeOffset at)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{at.UtcTicks} {Interlocked.Increment(ref _numbered)}");
        return (new(key, Encoding.UTF8.GetBytes(text)), new(key, Encoding.UTF8.GetBytes(text + " void")));
    }

    private static long TicksOf(StateEntry entry)
    {
        var text = Encoding.UTF8.GetString(entry.Value.Span);
        var end = text.IndexOf(' ', StringComparison.Ordinal);
        return long.TryParse(end < 0 ? text : text[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) ? ticks : 0;
    }

    private sealed class Slot(string key)
    {
        public string Key { get; } = key;

        public long Revision { get; set; }

        public long UsedAt { get; set; }
    }
}

/// <summary>The record of a commit, and what takes its place when the commit was not applied.</summary>
internal sealed record AuditWrite(StateWrite Record, StateWrite Void);
