using Microsoft.Extensions.Logging;
using Mover.Transfer.Compare;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Copy;

/// <summary>A fault that ends one item.</summary>
internal sealed class ItemFaultException(VolumeFault fault, Side side, Exception? inner) : Exception(fault.Message, inner)
{
    public VolumeFault Fault { get; } = fault;

    public Side Side { get; } = side;
}

/// <summary>Decides after a fault: wait and try again, wait for the side, give the item up, or end the sides.</summary>
internal sealed partial class Retrier(TransferSides sides)
{
    /// <summary>A fault that is gone by the second attempt is not worth a probe of the side.</summary>
    private const int AttemptsUnprobed = 2;

    private readonly RetryPolicy _policy = sides.Options.Retry;

    /// <summary>Calls a volume, with retries. Requests to the target wait for their turn.</summary>
    public async ValueTask<T> CallAsync<T>(Side side, Func<CancellationToken, ValueTask<T>> call, CancellationToken cancel)
    {
        var watch = sides.WatchOf(side);
        for (var attempt = 1; ; attempt++)
        {
            var isTarget = side is Side.Target;
            await watch.WhenThereAsync(cancel);
            if (isTarget)
            {
                await sides.Gate.EnterAsync(cancel);
            }

            var isSuccess = false;
            try
            {
                var result = await call(cancel);
                isSuccess = true;
                watch.Succeeded();
                return result;
            }
            catch (VolumeException e)
            {
                var holdsPlace = isTarget;
                isTarget = false;
                attempt = await AfterAsync(e, side, attempt, cancel, holdsPlace);
            }
            finally
            {
                if (isTarget)
                {
                    sides.Gate.Leave(isSuccess);
                }
            }
        }
    }

    /// <summary>As the other, for calls without a result.</summary>
    public async ValueTask CallAsync(Side side, Func<CancellationToken, ValueTask> call, CancellationToken cancel) =>
        await CallAsync<int>(
            side,
            async token =>
            {
                await call(token);
                return 0;
            },
            cancel);

    /// <summary>What a scan of one side does about its faults: the same as everything else.</summary>
    public Patience PatienceOf(Side side) => async (fault, attempt, cancel) =>
    {
        try
        {
            return await AfterAsync(fault, side, attempt, cancel);
        }
        catch (ItemFaultException)
        {
            throw new VolumeException(fault.Fault, fault);
        }
    };

    /// <summary>
    /// Returns when the call should be made again, after the wait, with the attempts that count so far: none when the side was away.
    /// Otherwise throws <see cref="ItemFaultException"/>, or <see cref="OperationCanceledException"/> when the run ends with this fault.
    /// Gives back the place at the gate first, if one is held.
    /// </summary>
    public async ValueTask<int> AfterAsync(VolumeException e, Side side, int attempt, CancellationToken cancel, bool holdsPlace = false)
    {
        var fault = e.Fault;
        if (holdsPlace)
        {
            sides.Gate.Leave(isSuccess: false);
        }

        if (fault.Kind is VolumeFaultKind.Throttled && side is Side.Target)
        {
            sides.Gate.Slow();
        }

        cancel.ThrowIfCancellationRequested();
        return FaultCodes.EndsJob(fault)
            ? await AfterJobFaultAsync(e, side, attempt, cancel)
            : await AfterItemFaultAsync(e, side, attempt, cancel);
    }

    private async ValueTask<int> AfterJobFaultAsync(VolumeException e, Side side, int attempt, CancellationToken cancel)
    {
        if (attempt >= _policy.JobFaultAttemptsMax)
        {
            sides.Stop(new JobFault(FaultCodes.OfJob(e.Fault, side), $"{e.Fault.Message} {FaultCodes.AdviceOf(e.Fault)}"));
            cancel.ThrowIfCancellationRequested();
            throw new ItemFaultException(e.Fault, side, e);
        }

        await WaitAsync(e.Fault, side, attempt, cancel);
        return attempt;
    }

    private async ValueTask<int> AfterItemFaultAsync(VolumeException e, Side side, int attempt, CancellationToken cancel)
    {
        var (fault, watch) = (e.Fault, sides.WatchOf(side));
        var isLast = !CanPass(fault) || attempt >= _policy.AttemptsMax;
        var isDue = isLast || attempt >= AttemptsUnprobed || fault.RetryAfter >= _policy.LongRetryAfter;
        if (isDue && FaultCodes.MayPass(fault) && await watch.WasAwayAsync(isLast, cancel))
        {
            return 0;
        }

        if (isLast)
        {
            await watch.GaveUpAsync(fault, cancel);
            throw new ItemFaultException(fault, side, e);
        }

        await WaitAsync(fault, side, attempt, cancel);
        return attempt;
    }

    private async ValueTask WaitAsync(VolumeFault fault, Side side, int attempt, CancellationToken cancel)
    {
        var delay = _policy.DelayAfter(attempt, fault.RetryAfter, sides.Clock);
        Log.Retrying(sides.Logger, side, fault.Kind, attempt, delay, fault.Message);
        await Task.Delay(delay, sides.Clock, cancel);
    }

    private static bool CanPass(VolumeFault fault) =>
        fault.Kind is not VolumeFaultKind.Changed && (fault.IsTransient
            || fault.Kind is VolumeFaultKind.Throttled or VolumeFaultKind.Integrity);

    private static partial class Log
    {
        [LoggerMessage(6001, LogLevel.Debug, "{Side} fault {Kind} at attempt {Attempt}, retrying in {Delay}: {Message}")]
        public static partial void Retrying(
            ILogger logger, Side side, VolumeFaultKind kind, int attempt, TimeSpan delay, string message);
    }
}
