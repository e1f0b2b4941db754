using Mover.Server.Arm;

namespace Mover.Server.Regions;

/// <summary>Up to where the other region has a copy, so that it would serve from there.</summary>
/// <param name="Revision">Every commit up to this revision is in the copy.</param>
/// <param name="CompleteAt">So is everything that was acknowledged before this.</param>
internal sealed record CopiedUpTo(long Revision, DateTimeOffset CompleteAt);

/// <summary>
/// What the other region has confirmed of its copy, as the region that serves knows: each question for changes after a revision says that
/// what was told before is in the copy. Answers to writes wait for it where the loss of this region is to be bounded. Thread-safe.
/// </summary>
internal sealed class CopyConfirmation(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private CopiedUpTo _told = new(0, DateTimeOffset.MinValue);
    private CopiedUpTo _copied = new(0, DateTimeOffset.MinValue);
    private DateTimeOffset _begun = clock.GetUtcNow();
    private long _committed;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What is confirmed.</summary>
    public CopiedUpTo Copied
    {
        get
        {
            lock (_gate)
            {
                return _copied;
            }
        }
    }

    /// <summary>How long nothing was confirmed.</summary>
    public TimeSpan Silence
    {
        get
        {
            lock (_gate)
            {
                return clock.GetUtcNow() - (_begun > _copied.CompleteAt ? _begun : _copied.CompleteAt);
            }
        }
    }

    /// <summary>This region begins to serve: nothing of that is confirmed yet.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            (_told, _copied, _begun) = (new(0, DateTimeOffset.MinValue), new(0, DateTimeOffset.MinValue), clock.GetUtcNow());
        }
    }

    /// <summary>This instance has written.</summary>
    public void Committed(long revision)
    {
        lock (_gate)
        {
            _committed = Math.Max(_committed, revision);
        }
    }

    /// <summary>The other region was told everything up to here.</summary>
    public void Told(CopiedUpTo told)
    {
        lock (_gate)
        {
            _told = told;
        }
    }

    /// <summary>The other region asks for what follows a revision.</summary>
    public CopiedUpTo Asked(long after)
    {
        lock (_gate)
        {
            return Confirm(new(after, _told.Revision <= after ? _told.CompleteAt : DateTimeOffset.MinValue));
        }
    }

    /// <summary>Another instance was asked.</summary>
    public void Heard(CopiedUpTo copied)
    {
        lock (_gate)
        {
            Confirm(copied);
        }
    }

    /// <summary>
    /// Waits until the copy holds what this instance has written so far, or was complete within <paramref name="lagMax"/>; false after
    /// <paramref name="most"/>.
    /// </summary>
    public async Task<bool> WaitAsync(TimeSpan lagMax, TimeSpan most, CancellationToken cancel)
    {
        long target;
        lock (_gate)
        {
            target = _committed;
        }

        for (var begun = clock.GetTimestamp(); ;)
        {
            Task changed;
            lock (_gate)
            {
                if (_copied.Revision >= target || clock.GetUtcNow() - _copied.CompleteAt <= lagMax)
                {
                    return true;
                }

                changed = _changed.Task;
            }

            var left = most - clock.GetElapsedTime(begun);
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            await Task.WhenAny(changed, Task.Delay(left, clock, cancel));
            cancel.ThrowIfCancellationRequested();
        }
    }

    private CopiedUpTo Confirm(CopiedUpTo copied)
    {
        var next = new CopiedUpTo(
            Math.Max(_copied.Revision, copied.Revision),
            copied.CompleteAt > _copied.CompleteAt ? copied.CompleteAt : _copied.CompleteAt);
        if (next != _copied)
        {
            _copied = next;
            var changed = _changed;
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            changed.SetResult();
        }

        return next;
    }
}
