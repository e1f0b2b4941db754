using System.Globalization;
using Mover.Client.Arm;

namespace Mover.Recovery.Snapshots;

/// <summary>When snapshots are taken.</summary>
public sealed record WatchOptions
{
    /// <summary>A snapshot is taken at least this often, changed or not.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long the estate must have been as it is before a change is taken; it is looked at as often.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The least time between two snapshots.</summary>
    public TimeSpan MinInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest wait after a failure.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>
/// Takes snapshots on a schedule and after changes: the estate's lists are looked at every settle time, and a snapshot is due when two
/// looks show the same, and not what the last snapshot was taken of. Goes on until it is canceled; what fails is told and tried again.
/// </summary>
/// <param name="look">Answers a digest of the estate, cheaply.</param>
/// <param name="take">Takes a snapshot and keeps it.</param>
/// <param name="say">Gets a line for each snapshot and each failure.</param>
/// <param name="options">When.</param>
/// <param name="clock">The time.</param>
/// <param name="then">
/// Done after each look that succeeded, before the next one; told whether a snapshot was taken. Throws nothing but its cancellation.
/// </param>
public sealed class SnapshotWatch(
    Func<CancellationToken, Task<string>> look, Func<CancellationToken, Task<SnapshotSaved>> take, Action<string> say,
    WatchOptions options, TimeProvider clock, Func<bool, CancellationToken, Task>? then = null)
{
    private const int CommitCharsShown = 12;

    private DateTimeOffset? _lastGood;
    private DateTimeOffset? _failingSince;
    private string? _taken;
    private string? _seen;
    private long? _attempt;
    private int _failures;

    /// <summary>
    /// Watches until it is canceled, and returns then. Throws what keeps the very first snapshot from being taken at all.
    /// </summary>
    /// <param name="lastGood">When the last snapshot was found good; null when there is none.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task RunAsync(DateTimeOffset? lastGood, CancellationToken cancel)
    {
        _lastGood = lastGood;
        if (lastGood is not null)
        {
            Say($"watching; {LastGood()}");
        }

        try
        {
            while (true)
            {
                var (wait, hasTaken) = await LookAsync(cancel).ConfigureAwait(false);
                if (then is not null && hasTaken is { } taken)
                {
                    await then(taken, cancel).ConfigureAwait(false);
                }

                await Task.Delay(wait, clock, cancel).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            Say($"stopped; {LastGood()}");
        }
    }

    // Answers the wait until the next look, and whether a snapshot was taken; null when that failed.
    private async Task<(TimeSpan Wait, bool? HasTaken)> LookAsync(CancellationToken cancel)
    {
        try
        {
            var now = await look(cancel).ConfigureAwait(false);
            var isDue = IsDue(now);
            _seen = now;
            if (isDue)
            {
                _attempt = clock.GetTimestamp();
                Told(await take(cancel).ConfigureAwait(false));
                _taken = now;
            }

            (_failures, _failingSince) = (0, null);
            return (options.Settle, isDue);
        }
        catch (Exception fault) when (fault is ArmException or UnreachableServerException or RecoveryException)
        {
            if (_taken is null && _failures == 0 && IsLasting(fault))
            {
                throw;
            }

            return (Failed(fault), null);
        }
    }

    private bool IsDue(string now)
    {
        if (_attempt is not { } last)
        {
            return true;
        }

        var passed = clock.GetElapsedTime(last);
        var hasSettled = now != _taken && now == _seen;
        return passed >= options.Every || (hasSettled && passed >= options.MinInterval);
    }

    private void Told(SnapshotSaved saved)
    {
        _lastGood = clock.GetUtcNow();
        var commit = saved.Commit[..Math.Min(CommitCharsShown, saved.Commit.Length)];
        var pushed = saved.PushedTo is { } remote ? $", pushed to {remote}" : string.Empty;
        var after = _failingSince is { } since ? $", after failures for {Ages.Of(clock.GetUtcNow() - since)}" : string.Empty;
        Say($"snapshot {commit}: {saved.Subject}{pushed}{after}");
    }

    private TimeSpan Failed(Exception fault)
    {
        _failures++;
        _failingSince ??= clock.GetUtcNow();

        // What failed has to be tried again, whatever has changed since.
        _attempt = _attempt is null ? null : clock.GetTimestamp() - (long)(options.Every.TotalSeconds * clock.TimestampFrequency);
        var wait = TimeSpan.FromTicks((long)Math.Min(
            options.BackoffMax.Ticks, options.Settle.Ticks * Math.Pow(2, Math.Min(_failures - 1, 20))));
        var what = fault is RecoveryException known ? $"{known.Code}: {fault.Message} {known.Advice}" : fault.Message;
        Say(
            $"no snapshot: {SnapshotMessage.Escaped(what, 500)} Failing since {TimeOf(_failingSince.Value)}, "
                + $"retrying in {Ages.Of(wait)}; {LastGood()}");
        return wait;
    }

    // What waiting will not mend: a person should hear of it at once.
    private static bool IsLasting(Exception fault) => fault switch
    {
        RecoveryException known => known.Code is not "EstateChanging",
        ArmException refused => refused.Error.Status is >= 400 and < 500 and not (408 or 429),
        UnreachableServerException { IsUntrusted: true } => true,
        _ => false,
    };

    private string LastGood() => _lastGood is { } good
        ? $"the last good snapshot is {Ages.Of(clock.GetUtcNow() - good)} old"
        : "no good snapshot yet";

    private void Say(string line) => say(Timed(line, clock));

    /// <summary>A line with the time before it.</summary>
    public static string Timed(string line, TimeProvider clock) => $"{TimeOf(clock.GetUtcNow())} {line}";

    private static string TimeOf(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
