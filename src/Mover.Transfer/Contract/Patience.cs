namespace Mover.Transfer.Contract;

/// <summary>
/// What a scan does after a fault of one page or folder. Returns, after a wait, when it should be asked for again, with the attempts that
/// count so far; throws the fault when it stands.
/// </summary>
/// <param name="fault">The fault.</param>
/// <param name="attempt">How often it was asked for, 1 at first.</param>
/// <param name="cancel">Ends the wait.</param>
public delegate ValueTask<int> Patience(VolumeException fault, int attempt, CancellationToken cancel);

/// <summary>Scans outside a run.</summary>
public static class Scans
{
    /// <summary>Scans with the usual retries and pauses, and no more than those.</summary>
    public static IAsyncEnumerable<IReadOnlyList<Entry>> ScanAsync(this IVolume volume, CancellationToken cancel) =>
        volume.ScanAsync(Usual(new(), TimeProvider.System), cancel);

    /// <summary>The patience of a retry policy.</summary>
    public static Patience Usual(RetryPolicy policy, TimeProvider clock) => async (fault, attempt, cancel) =>
    {
        if (!fault.Fault.IsTransient || attempt >= policy.AttemptsMax)
        {
            throw new VolumeException(fault.Fault, fault);
        }

        await Task.Delay(policy.DelayAfter(attempt, fault.Fault.RetryAfter, clock), clock, cancel);
        return attempt;
    };
}
