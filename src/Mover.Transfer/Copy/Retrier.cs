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

/// <summary>Decides after a fault: wait and try again, give the item up, or end the run.</summary>
internal sealed partial class Retrier(RunContext run)
{
    private readonly RetryPolicy _policy = run.Options.Retry;

    /// <summary>Calls a volume, with retries. Requests to the target wait for their turn.</summary>
    public async ValueTask<T> CallAsync<T>(Side side, Func<CancellationToken, ValueTask<T>> call, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            var isTarget = side is Side.Target;
            if (isTarget)
            {
                await run.Gate.EnterAsync(cancel);
            }

            var isSuccess = false;
            try
            {
                var result = await call(cancel);
                isSuccess = true;
                return result;
            }
            catch (VolumeException e)
            {
                var holdsPlace = isTarget;
                isTarget = false;
                await AfterAsync(e, side, attempt, cancel, holdsPlace);
            }
            finally
            {
                if (isTarget)
                {
                    run.Gate.Leave(isSuccess);
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

    /// <summary>
    /// Returns when the call should be made again, after the wait; otherwise throws <see cref="ItemFaultException"/>, or
    /// <see cref="OperationCanceledException"/> when the run ends with this fault. Gives back the place at the gate first, if one is held.
    /// </summary>
    public async ValueTask AfterAsync(VolumeException e, Side side, int attempt, CancellationToken cancel, bool holdsPlace = false)
    {
        var fault = e.Fault;
        if (holdsPlace)
        {
            run.Gate.Leave(isSuccess: false);
        }

        if (fault.Kind is VolumeFaultKind.Throttled && side is Side.Target)
        {
            run.Gate.Slow();
        }

        cancel.ThrowIfCancellationRequested();
        var endsJob = FaultCodes.EndsJob(fault);
        if (endsJob ? attempt >= _policy.JobFaultAttemptsMax : !CanPass(fault) || attempt >= _policy.AttemptsMax)
        {
            if (endsJob)
            {
                run.Stop(new JobFault(FaultCodes.OfJob(fault, side), $"{fault.Message} {FaultCodes.AdviceOf(fault)}"));
                cancel.ThrowIfCancellationRequested();
            }

            throw new ItemFaultException(fault, side, e);
        }

        var delay = Delay(fault, attempt);
        Log.Retrying(run.Logger, side, fault.Kind, attempt, delay, fault.Message);
        await Task.Delay(delay, run.Clock, cancel);
    }

    private static bool CanPass(VolumeFault fault) =>
        fault.Kind is not VolumeFaultKind.Changed && (fault.IsTransient
            || fault.Kind is VolumeFaultKind.Throttled or VolumeFaultKind.Integrity);

    private TimeSpan Delay(VolumeFault fault, int attempt)
    {
        var ceiling = _policy.DelayMin * Math.Pow(2, Math.Min(attempt - 1, 20));
        var jitter = 0.5 + (0.5 * ((ulong)run.Clock.GetTimestamp() * 0x9E3779B97F4A7C15 >> 40) / (1 << 24));
        var delay = ceiling * jitter;
        if (fault.RetryAfter is { } asked && asked > delay)
        {
            delay = asked;
        }

        return delay < _policy.DelayMax ? delay : _policy.DelayMax;
    }

    private static partial class Log
    {
        [LoggerMessage(6001, LogLevel.Debug, "{Side} fault {Kind} at attempt {Attempt}, trying again after {Delay}: {Message}")]
        public static partial void Retrying(
            ILogger logger, Side side, VolumeFaultKind kind, int attempt, TimeSpan delay, string message);
    }
}
