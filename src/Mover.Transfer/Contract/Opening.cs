namespace Mover.Transfer.Contract;

/// <summary>
/// How long opening a volume waits for faults that may pass: the same for an agent's runs and for the command line. The pauses double.
/// </summary>
/// <param name="TriesMax">Tries in all, the first included.</param>
/// <param name="FirstPause">The pause after the first try.</param>
/// <param name="PauseMax">The longest pause, also for what the other side asks.</param>
public sealed record Opening(int TriesMax, TimeSpan FirstPause, TimeSpan PauseMax)
{
    /// <summary>Five tries; the pauses add up to a quarter of a minute, or to two minutes when the other side asks for as much.</summary>
    public static Opening Default { get; } = new(5, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));

    /// <summary>
    /// Opens, and opens again after a pause when the fault may pass. The last fault goes to the caller, and one that does not pass at once.
    /// </summary>
    /// <param name="open">Opens; throws <see cref="VolumeException"/>.</param>
    /// <param name="waiting">Hears of each fault that is waited out, and for how long.</param>
    /// <param name="clock">The clock of the pauses.</param>
    /// <param name="cancel">Ends a try or a pause.</param>
    public async ValueTask<T> RunAsync<T>(
        Func<CancellationToken, ValueTask<T>> open, Action<VolumeFault, TimeSpan> waiting, TimeProvider clock, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await open(cancel);
            }
            catch (VolumeException failed) when (failed.Fault.IsTransient && attempt < TriesMax)
            {
                var pause = PauseAfter(attempt, failed.Fault);
                waiting(failed.Fault, pause);
                await Task.Delay(pause, clock, cancel);
            }
        }
    }

    private TimeSpan PauseAfter(int attempt, VolumeFault fault)
    {
        var pause = FirstPause * (1 << Math.Min(attempt - 1, 20));
        pause = fault.RetryAfter is { } asked && asked > pause ? asked : pause;
        return pause < PauseMax ? pause : PauseMax;
    }
}
