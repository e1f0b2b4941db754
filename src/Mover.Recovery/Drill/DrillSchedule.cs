using System.Globalization;

namespace Mover.Recovery.Drill;

/// <summary>
/// Drills at intervals, one at a time. A drill that fails is told and tried again at the next interval; nothing that it throws ends the
/// schedule.
/// </summary>
/// <param name="every">The interval, from one beginning to the next.</param>
/// <param name="last">When the last drill began; null for never, and then the first one is due at once.</param>
/// <param name="drill">Carries one out and answers its record.</param>
/// <param name="say">Gets a line for each drill.</param>
/// <param name="clock">The time.</param>
public sealed class DrillSchedule(
    TimeSpan every, DateTimeOffset? last, Func<CancellationToken, Task<DrillRecord>> drill, Action<string> say, TimeProvider clock)
{
    private DateTimeOffset? _last = last;

    /// <summary>Carries out a drill if one is due.</summary>
    public async Task RunIfDueAsync(CancellationToken cancel)
    {
        // A clock that was set back does not put the next drill off.
        var now = clock.GetUtcNow();
        if (_last is { } before && before <= now && now - before < every)
        {
            return;
        }

        _last = now;
        try
        {
            var record = await drill(cancel);
            say(record.IsGood
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"drill {record.Id}: good, recovery time {record.RecoverySeconds:F1} s, loss window "
                        + $"{Ages.Of(TimeSpan.FromSeconds(record.LossWindowSeconds))}")
                : $"drill {record.Id}: FAILED: {record.Failure} Retrying in {Ages.Of(every)}.");
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception fault)
        {
            var code = (fault as RecoveryException)?.Code ?? fault.GetType().Name;
            say($"drill: FAILED: {code}: {fault.Message} Retrying in {Ages.Of(every)}.");
        }
    }
}
