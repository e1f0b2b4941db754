using System.Security.Cryptography;

namespace Mover.Server.Documents;

/// <summary>
/// The rounds of a write that others may overtake: a pause between two that grows and differs from writer to writer, up to a bound.
/// </summary>
internal sealed class Rounds(TimeProvider clock)
{
    /// <summary>How long a write is repeated before it is refused.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private const int FirstPauseMax = 2;
    private const int PauseMax = 512;
    private readonly long _begun = clock.GetTimestamp();
    private int _pauseMax = FirstPauseMax;

    /// <summary>Waits for the next round; false when the bound is passed.</summary>
    public async Task<bool> NextAsync(CancellationToken cancel)
    {
        if (clock.GetElapsedTime(_begun) >= Bound)
        {
            return false;
        }

        await Task.Delay(TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(_pauseMax + 1)), clock, cancel);
        _pauseMax = Math.Min(2 * _pauseMax, PauseMax);
        return true;
    }
}
