using System.Diagnostics;
using Mover.Recovery;

namespace Mover.Cli.Recovery;

/// <summary>Waits for what a drill has caused, each time no longer than <paramref name="max"/>.</summary>
internal sealed class DrillWait(TimeSpan max, TimeProvider clock)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    /// <summary>How long it waits.</summary>
    public TimeSpan Max => max;

    /// <summary>Looks until something is found.</summary>
    public async Task<T> ForAsync<T>(string what, Func<Task<T?>> look, CancellationToken cancel)
        where T : class
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await look() is { } found)
            {
                return found;
            }

            if (Stopwatch.GetElapsedTime(began) > max)
            {
                throw new RecoveryException("DrillTimeout", $"Timed out after {max.TotalSeconds:F0} s waiting for {what}.",
                    "Use --patience to wait longer.");
            }

            await PauseAsync(cancel);
        }
    }

    /// <summary>The time between two looks.</summary>
    public Task PauseAsync(CancellationToken cancel) => Task.Delay(Pace, clock, cancel);
}
