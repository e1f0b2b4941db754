using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;

namespace Mover.Server.Scheduling;

/// <summary>
/// The definitions with an active schedule, by key: how far each was looked through, so that only what is due is read. Thread-safe.
/// </summary>
internal sealed class ScheduleTable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>Takes what a definition says by now; null when it is gone. What changed is looked at anew.</summary>
    public void Set(string key, ResourceId id, JobSchedule? schedule, string? text)
    {
        lock (_gate)
        {
            if (schedule is not { IsActive: true })
            {
                _entries.Remove(key);
            }
            else if (!_entries.TryGetValue(key, out var known) || known.Text != text)
            {
                _entries[key] = new(id, schedule, text ?? string.Empty, null);
                _changed.TrySetResult();
                _changed = NewSignal();
            }
        }
    }

    /// <summary>Forgets everything, before it is read anew.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _entries.Clear();
        }
    }

    /// <summary>What is new or due, when something will be due next, and a task that completes when something else is new.</summary>
    public (IReadOnlyList<ResourceId> Due, DateTimeOffset? Next, Task Changed) Look(DateTimeOffset now)
    {
        lock (_gate)
        {
            var due = new List<ResourceId>();
            DateTimeOffset? next = null;
            foreach (var entry in _entries.Values)
            {
                // One that was looked through beyond the present was so by a clock that ran ahead.
                var time = entry.CheckedTo is { } to && to <= now ? ScheduleTimes.Next(entry.Schedule, to) : now;
                if (time <= now)
                {
                    due.Add(entry.Id);
                }
                else if (time < next || next is null)
                {
                    next = time;
                }
            }

            return (due, next, _changed.Task);
        }
    }

    /// <summary>A definition was looked through up to a time.</summary>
    public void Checked(ResourceId id, DateTimeOffset to)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(id.Key, out var entry))
            {
                _entries[id.Key] = entry with { CheckedTo = to };
            }
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed record Entry(ResourceId Id, JobSchedule Schedule, string Text, DateTimeOffset? CheckedTo);
}
