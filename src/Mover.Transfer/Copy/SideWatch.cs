using System.Globalization;
using Microsoft.Extensions.Logging;
using Mover.Core.Jobs;
using Mover.Transfer.Compare;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Copy;

/// <summary>
/// Tells a fault of one side from a fault of one item, by probing the side. A side that does not answer pauses every request to it until a
/// probe succeeds; no item is given up meanwhile. A side that stays away for <see cref="RetryPolicy.AwayMax"/>, or refuses everything,
/// ends the run. Thread-safe.
/// </summary>
internal sealed partial class SideWatch(Side side, TransferSides sides)
{
    /// <summary>Items given up in a row, without any success between them, after which the side is probed.</summary>
    public const int FailuresInRow = 8;

    /// <summary>Probes that must succeed in a row before an item is given up: a busy side lets one through now and then.</summary>
    private const int ProbesToGiveUp = 3;

    /// <summary>A pause is said again no sooner than this after the one before, however often a busy side comes and goes.</summary>
    private static readonly TimeSpan NoticePause = TimeSpan.FromMinutes(1);

    /// <summary>A wait this long is said at once; shorter ones only when a second probe fails.</summary>
    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private Task<bool>? _looking;
    private bool _isAway;
    private bool _hasSucceeded;
    private int _failures;
    private long? _saidAt;

    private RetryPolicy Policy => sides.Options.Retry;

    private IVolume Volume => sides.VolumeOf(side);

    /// <summary>A request went well.</summary>
    public void Succeeded()
    {
        if (Volatile.Read(ref _failures) != 0 || !Volatile.Read(ref _hasSucceeded))
        {
            Volatile.Write(ref _failures, 0);
            Volatile.Write(ref _hasSucceeded, true);
        }
    }

    /// <summary>Waits while the side is away; asked before every request.</summary>
    public ValueTask WhenThereAsync(CancellationToken cancel) =>
        Volatile.Read(ref _isAway) ? new(WaitAsync(cancel)) : ValueTask.CompletedTask;

    /// <summary>
    /// Probes the side after a fault that may be its own. True when it was away and answers again, so that the request is worth a fresh
    /// start; false when it answers, so that the fault is the item's.
    /// </summary>
    /// <param name="isLast">True when the item would be given up.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async ValueTask<bool> WasAwayAsync(bool isLast, CancellationToken cancel)
    {
        for (var i = 0; i < (isLast ? ProbesToGiveUp : 1); i++)
        {
            Task<bool> looking;
            lock (_gate)
            {
                looking = _looking ??= Task.Run(LookAsync, CancellationToken.None);
            }

            if (await looking.WaitAsync(cancel))
            {
                cancel.ThrowIfCancellationRequested();
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Called when an item is given up. Ends the run when the side refused that many in a row and refuses the probe in the same way; where
    /// rights differ from folder to folder, only when nothing has succeeded before.
    /// </summary>
    public async ValueTask GaveUpAsync(VolumeFault fault, CancellationToken cancel)
    {
        if (Interlocked.Increment(ref _failures) % FailuresInRow != 0 || (Volatile.Read(ref _hasSucceeded) && Volume.Traits.KeepsFolders))
        {
            return;
        }

        if (await ProbeAsync(cancel) is { } refused && refused.Kind == fault.Kind)
        {
            sides.Stop(new(
                FaultCodes.OfJob(refused, side),
                $"The {side.Name()} {Volume.Traits.DisplayName} refused {FailuresInRow} items in a row and a test request: "
                    + $"{refused.Message} {FaultCodes.AdviceOf(refused)}"));
            cancel.ThrowIfCancellationRequested();
        }
    }

    private async Task WaitAsync(CancellationToken cancel)
    {
        Task? looking;
        lock (_gate)
        {
            looking = _looking;
        }

        await (looking ?? Task.CompletedTask).WaitAsync(cancel);
        cancel.ThrowIfCancellationRequested();
    }

    /// <summary>Probes until the side answers or the run ends; true when it did not answer at first.</summary>
    private async Task<bool> LookAsync()
    {
        var (since, sinceTime) = (sides.Clock.GetTimestamp(), sides.Clock.GetUtcNow());
        var isSaid = false;
        try
        {
            for (var failures = 0; await ProbeAsync(sides.Stopped) is { } fault && FaultCodes.MayPass(fault); failures++)
            {
                Volatile.Write(ref _isAway, true);
                var left = Policy.AwayMax - sides.Clock.GetElapsedTime(since);
                if (left <= TimeSpan.Zero)
                {
                    sides.Stop(new(
                        side is Side.Source ? StatusCodes.SourceOther : StatusCodes.TargetOther,
                        $"The {side.Name()} {Volume.Traits.DisplayName} has not responded since {Text(sinceTime)}: {fault.Message} "
                            + "Run again when it responds; items already at the target are not copied again."));
                    return true;
                }

                var wait = Policy.DelayOfProbe(failures + 1, fault.RetryAfter, sides.Clock);
                wait = wait < left ? wait : left;
                if (!isSaid && (failures > 0 || wait >= LongWait) && MaySay())
                {
                    isSaid = true;
                    Say(fault, sinceTime, wait);
                }

                await Task.Delay(wait, sides.Clock, sides.Stopped);
            }

            if (isSaid)
            {
                var back = $"The {side.Name()} {Volume.Traits.DisplayName} responds again after "
                    + $"{sides.Clock.GetElapsedTime(since).TotalSeconds:F0} s; the run continues.";
                Log.Back(sides.Logger, back);
                sides.Options.Notice?.Invoke(back);
            }

            return Volatile.Read(ref _isAway);
        }
        finally
        {
            lock (_gate)
            {
                (_looking, _isAway) = (null, false);
            }

            sides.Waiting(side, null);
        }
    }

    private async ValueTask<VolumeFault?> ProbeAsync(CancellationToken cancel)
    {
        try
        {
            await sides.ProbeAsync(side, cancel);
            return null;
        }
        catch (VolumeException e)
        {
            return e.Fault;
        }
    }

    private bool MaySay() => _saidAt is not { } last || sides.Clock.GetElapsedTime(last) >= NoticePause;

    private void Say(VolumeFault fault, DateTimeOffset since, TimeSpan wait)
    {
        _saidAt = sides.Clock.GetTimestamp();
        var away = $"The {side.Name()} {Volume.Traits.DisplayName} has not responded since {Text(since)}: {fault.Message} "
            + string.Create(CultureInfo.InvariantCulture, $"Retrying in {wait.TotalSeconds:0.#} s, giving up at ")
            + $"{Text(since + Policy.AwayMax)}.";
        Log.Away(sides.Logger, away);
        sides.Options.Notice?.Invoke(away);
        sides.Waiting(side, away);
    }

    private static string Text(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static partial class Log
    {
        [LoggerMessage(6002, LogLevel.Warning, "{Message}")]
        public static partial void Away(ILogger logger, string message);

        [LoggerMessage(6003, LogLevel.Information, "{Message}")]
        public static partial void Back(ILogger logger, string message);
    }
}
