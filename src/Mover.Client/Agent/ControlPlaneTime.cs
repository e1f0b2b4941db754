using Mover.Core.AgentProtocol;

namespace Mover.Client.Agent;

/// <summary>
/// The control plane's time on a host whose clock may be wrong: learned from the <c>Date</c> of its answers, which come over the pinned
/// connection. Up to <see cref="AgentChannelLimits.ClockSkewMax"/> the host's own time is taken as it is. Thread-safe.
/// </summary>
public sealed class ControlPlaneTime(TimeProvider own) : TimeProvider
{
    /// <summary>The code of the problem of a clock that is wrong.</summary>
    public const string ProblemCode = "ClockSkew";

    private long _skewTicks;

    /// <summary>How far the host's clock is ahead (behind when negative); zero within the limit.</summary>
    public TimeSpan Skew => new(Interlocked.Read(ref _skewTicks));

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => own.LocalTimeZone;

    /// <inheritdoc/>
    public override long TimestampFrequency => own.TimestampFrequency;

    /// <summary>What a person should know of the host's clock; null within the limit.</summary>
    public AgentProblem? Problem => Skew is { Ticks: not 0 } skew
        ? new(
            ProblemCode,
            $"The clock of the agent's host is {skew.Duration().TotalMinutes:F0} minutes "
                + $"{(skew > TimeSpan.Zero ? "ahead of" : "behind")} the control plane's; "
                + $"{AgentChannelLimits.ClockSkewMax.TotalMinutes:F0} is allowed. Synchronize it, for example with NTP. Until then, "
                + "upload limits and times in logs follow the host's clock.")
        : null;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => own.GetUtcNow() - Skew;

    /// <inheritdoc/>
    public override long GetTimestamp() => own.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        own.CreateTimer(callback, state, dueTime, period);

    /// <summary>Hears what an answer says of the control plane's time; true when that changed the skew by more than the limit.</summary>
    internal bool Learn(HttpResponseMessage answer)
    {
        if (answer.Headers.Date is not { } said)
        {
            return false;
        }

        var skew = own.GetUtcNow() - said;
        var heard = skew.Duration() > AgentChannelLimits.ClockSkewMax ? skew : TimeSpan.Zero;
        var before = new TimeSpan(Interlocked.Exchange(ref _skewTicks, heard.Ticks));
        return (heard - before).Duration() > AgentChannelLimits.ClockSkewMax;
    }
}
