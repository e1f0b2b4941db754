using Mover.Cli.Frame;
using Mover.Cli.Progress;
using Mover.Client.Arm;

namespace Mover.Cli.Resources;

/// <summary>
/// Sits out a control plane that went away after it had answered, such as one that restarts: the run goes on without it. Says so, and when
/// it is back. Used from one thread.
/// </summary>
internal sealed class WatchedOutage(TimeProvider clock, LiveLine line)
{
    /// <summary>How long it may be away before the watch ends.</summary>
    public static readonly TimeSpan AwayMax = TimeSpan.FromMinutes(10);

    private bool _hasAnswered;
    private long? _awaySince;

    /// <summary>The answer; nothing while the control plane is away. Its first fault, and the one when patience ends, go to the
    /// caller.</summary>
    public async Task<T?> AskAsync<T>(Func<Task<T>> ask)
        where T : class
    {
        try
        {
            var answer = await ask();
            if (_awaySince is { } since)
            {
                line.Say($"The control plane responds again after {Figures.Span(clock.GetElapsedTime(since))}.");
                _awaySince = null;
            }

            _hasAnswered = true;
            return answer;
        }
        catch (Exception fault) when (_hasAnswered && MayPass(fault))
        {
            var since = _awaySince ??= Begin(fault);
            if (clock.GetElapsedTime(since) >= AwayMax)
            {
                line.Say($"The control plane has not responded for {Figures.Span(AwayMax)}. The run continues without it; watch it again "
                    + "when it is back.");
                throw;
            }

            return null;
        }
    }

    private long Begin(Exception fault)
    {
        line.Say($"The control plane does not respond: {fault.Message.TrimEnd('.')}. The run continues without it; retrying for "
            + $"{Figures.Span(AwayMax)}.");
        return clock.GetTimestamp();
    }

    private static bool MayPass(Exception fault) =>
        fault is UnreachableServerException { IsUntrusted: false, IsNameMismatch: false }
        || (fault is ArmException refused && ArmRetry.IsTransient(refused.Error.Status));
}
