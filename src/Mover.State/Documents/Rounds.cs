using System.Security.Cryptography;

namespace Mover.State.Documents;

/// <summary>
/// The rounds of a change that is read, decided and committed again when another writer came between: with a pause that grows and is
/// drawn at random, up to one bound.
/// </summary>
public sealed class Rounds(TimeProvider clock)
{
    /// <summary>How long a change is repeated before it is refused.</summary>
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
